// A reader that stands still for a minute in a flood of a million messages: with streams of the browser's the server waits,
// nothing reconnects and memory stays flat; where there are none, what is held is bounded.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COUNT, native, stream } from "./flood.mjs";
import { browserNames } from "./harness/browsers.mjs";

const FLAT_MB = 20;
const HELD = 1_024;

const only = (name) => ({ skip: !browserNames.includes(name), timeout: 900_000 });

describe("a flood before a reader that stands still for a minute", { concurrency: true }, () => {
  it(
    "chromium: the server waits, nothing reconnects, memory is flat, nothing is lost",
    only("chromium"),
    async (t) => {
      const it = await stream("chromium");
      t.diagnostic(JSON.stringify(it));
      assert.equal(it.moved, 0, "the server goes on writing");
      assert.ok(it.stalledAt < COUNT / 2, `${it.stalledAt} messages have left the server`);
      assert.deepEqual(it.states, ["open"]);
      assert.equal(it.attempts, 1);
      assert.ok(it.whileStopped <= FLAT_MB, `${it.whileStopped} MB more while it stood still`);
      assert.ok(it.whileReading <= FLAT_MB, `${it.whileReading} MB more while it read on`);
      assert.deepEqual(it.read, { last: COUNT, count: COUNT, gaps: 0, end: "enough" });
    },
  );

  it("chromium: a WebSocket takes in everything", only("chromium"), async (t) => {
    const { most, arrived } = await native("chromium");
    t.diagnostic(`${most} MB`);
    assert.equal(arrived, COUNT);
    assert.ok(most > 3 * FLAT_MB, `only ${most} MB more`);
  });

  it("firefox: without streams the newest are held, and no more", only("firefox"), async (t) => {
    const it = await stream("firefox", { overflow: "drop-oldest" });
    t.diagnostic(JSON.stringify(it));
    assert.deepEqual(it.states, ["open"]);
    assert.equal(it.attempts, 1);
    assert.equal(it.read.last, COUNT);
    assert.equal(it.read.count, 1_000 + HELD);
  });
});
