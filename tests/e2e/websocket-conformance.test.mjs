// The class of tautline/websocket against the browser's own, behaviour by behaviour: those of the standard's interface,
// grouped as its own tests are. With `reconnect: false` nothing may differ but what is named here; what a class that
// comes back has to do differently is counted, for the guide.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

const GROUPS = ["arguments", "data", "ends", "events", "idl"];
/** What no class written in JavaScript can do. */
const IMPOSSIBLE = ["events: they are the browser's own (isTrusted)"];
/** What a class that comes back does differently: it queues, and a break leads to CONNECTING rather than to CLOSED. */
const BY_DESIGN = /^(send while connecting|the server closes|the connection breaks|no connection):/;
/** A browser that has seen dials fail may hold the next one back for some seconds. */
const PATIENT = 10_000;

/** Runs all behaviours, each group in a page of its own; `make` gives the class. Returns { name: "" or why it failed }. */
async function run(world, make, limit = PATIENT) {
  const results = {};
  for (const group of GROUPS) {
    const page = await world.open();
    page.guard.allow(/WebSocket|BinaryType|on purpose|ws: is not encrypted/);
    const work = `(async () => {
      const native = globalThis.WebSocket;
      const { run } = await import("/websocket/run.js");
      const { WebSocket } = await import("/pkg/websocket/index.js");
      return run((${make})(WebSocket, native), "${group}", ${limit});
    })()`;
    Object.assign(results, await page.runFor(120_000, work));
    // Its own errors are part of a behaviour, and were looked at there.
    await page.run(() => kit.strays.splice(0));
  }
  return results;
}

const list = (title, names, why) => names.map((it) => `\n  ${title}: ${it} (${why[it]})`).join("");

suite("the WebSocket interface", ({ test, name }) => {
  test(
    "the class does what the browser's own does, and with reconnection what it must do differently",
    async (world) => {
      const native = await run(world, (_, native) => native);
      const off = await run(world, (WebSocket) => WebSocket.with({ reconnect: false }));
      const kept = await run(world, (WebSocket) => WebSocket, 3_000);
      const names = Object.keys(native);
      assert.ok(names.length > 300, `only ${names.length} behaviours ran`);
      const passed = names.filter((it) => !native[it]);
      const lost = passed.filter((it) => off[it]);
      const won = names.filter((it) => native[it] && !off[it]);
      const neither = names.filter((it) => native[it] && off[it]);
      const differ = names.filter((it) => kept[it] && !off[it]);
      console.log(
        `${name}: of ${names.length} behaviours the browser's own class has ${passed.length}; ` +
          `of those ours has ${passed.length - lost.length}, and ` +
          `${passed.filter((it) => !kept[it]).length} with reconnection` +
          list("only native", lost, off) +
          list("only ours", won, native) +
          list("neither", neither, native) +
          list("not with reconnection", differ, kept),
      );
      assert.ok(passed.length - lost.length >= 0.95 * passed.length);
      assert.deepEqual(lost, IMPOSSIBLE);
      const undesigned = differ.filter((it) => !BY_DESIGN.test(it));
      assert.deepEqual(undesigned, []);
    },
    { timeout: 300_000 },
  );
});
