// A test that fails is told why, at once and in virtual time.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, raw } from "../../index.js";
import { KitError } from "../../testing/index.js";
import { VirtualTime } from "../../testing/time.js";
import { ADDRESS, HEARTBEAT, isPing, makeKit, opened } from "./setup.js";

/** The error that a promise rejects with. */
async function failure(promise: Promise<unknown>): Promise<KitError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error instanceof KitError, String(error));
  assert.ok(error.stack?.includes("failures.test.ts"), "the stack leads to the test");
  return error;
}

describe("a failed expectation", () => {
  test("of another message shows both, as a difference too", async () => {
    const { socket, peer } = await opened();
    socket.send({ type: "bye", n: 1 });
    const error = await failure(peer.expect({ type: "hello" }));
    assert.match(error.message, /^peer\.expect: the next message is another one/);
    assert.match(error.message, /expected {2}\{"type":"hello"\}/);
    assert.match(error.message, /received {2}\{"type":"bye","n":1\}/);
    assert.match(error.message, /What has happened:\n +0 ms {2}dial wss:.*\n +0 ms {2}open\n/);
    assert.deepEqual(
      [error.name, error.code, error.showDiff],
      ["AssertionError", "ERR_ASSERTION", true],
    );
    assert.deepEqual([error.expected, error.actual], [{ type: "hello" }, { type: "bye", n: 1 }]);
    await peer.expect({ type: "bye", n: 1 });
  });

  test("of a function or a frame shows what was asked", async () => {
    const { socket, peer } = await opened();
    socket.send({ type: "bye" });
    const asked = await failure(peer.expect((message) => message.type === "hello"));
    assert.match(asked.message, /what passes .*message\.type === "hello"/);
    assert.equal("expected" in asked, false);
    const frame = await failure(peer.expect(raw("ping")));
    assert.deepEqual([frame.expected, frame.actual], ["ping", '{"type":"bye"}']);
  });

  test("of silence ends when its time is over, with the timers that are set", async () => {
    const { kit, peer } = await opened({ heartbeat: HEARTBEAT });
    const error = await failure(peer.expect({ type: "hello" }));
    assert.equal(kit.elapsed, 1_000);
    assert.match(
      error.message,
      /nothing was sent within 1,000 ms\n {2}expected {2}\{"type":"hello"\}/,
    );
    assert.match(error.message, /Timers that are set: in [\d,]+ ms$/);
  });

  test("of a connection that has ended fails at once", async () => {
    const { kit, socket, peer } = await opened();
    socket.send({ type: "last" });
    peer.close(1000);
    await peer.expect({ type: "last" });
    const error = await failure(peer.expect({ type: "hello" }));
    assert.match(error.message, /the connection has ended \(1000\), and nothing more was sent/);
    assert.equal(kit.elapsed, 0);
  });

  test("of nothing shows what came", async () => {
    const { kit, peer } = await opened({ heartbeat: HEARTBEAT });
    await peer.expectNothing(24_999);
    const error = await failure(peer.expectNothing(1));
    assert.match(error.message, /nothing was expected, but this was sent:\n.*"ping"/);
    assert.equal(kit.elapsed, 25_000);
  });

  test("of an end tells the code that came, or that none did", async () => {
    const { kit, socket, peer } = await opened();
    const none = await failure(peer.expectClose());
    assert.match(none.message, /was not closed within 1,000 ms/);
    assert.equal(kit.elapsed, 1_000);
    void socket.close();
    const other = await failure(peer.expectClose(4000));
    assert.match(other.message, /closed with 1005, and 4000 was expected/);
    assert.deepEqual([other.expected, other.actual], [4000, 1005]);
  });

  test("of a dial names the address, and what has happened instead", async () => {
    const kit = makeKit();
    const nothing = await failure(kit.accept());
    assert.match(nothing.message, /nothing dialled within 60,000 ms\n/);
    assert.match(nothing.message, /nothing: no socket has dialled/);
    assert.equal(kit.elapsed, 60_000);
    connect(ADDRESS);
    const other = await failure(kit.accept("wss://example.org/", { within: 5 }));
    assert.match(other.message, /nothing dialled to wss:\/\/example\.org\/ within 5 ms/);
    assert.match(other.message, /60,000 ms {2}dial wss:\/\/example\.com\/live/);
  });

  test("of a condition or a promise ends, too", async () => {
    const { kit } = await opened();
    const condition = await failure(kit.until(() => false));
    assert.match(condition.message, /the condition did not hold within 60,000 ms/);
    const promise = await failure(kit.until(new Promise(() => {}), { within: 5_000 }));
    assert.match(promise.message, /nothing settled within 5,000 ms/);
    assert.equal(kit.elapsed, 65_000);
  });

  test("of timers that set each other without end ends", async (t) => {
    // Fake timers as runners make them, here of the kit's own make.
    const time = new VirtualTime(0);
    const { setTimeout, clearTimeout } = globalThis;
    t.after(() => Object.assign(globalThis, { setTimeout, clearTimeout }));
    t.mock.method(Date, "now", () => time.now());
    Object.assign(globalThis, {
      setTimeout: Object.assign(time.setTimeout.bind(time), { clock: time }),
      clearTimeout: time.clearTimeout.bind(time),
    });
    const advanceTimersToNextTimerAsync = async () => time.step(Number.POSITIVE_INFINITY);
    const kit = makeKit({ timers: { advanceTimersToNextTimerAsync } });
    await kit.advance(70);
    assert.equal(kit.elapsed, 70);
    let timer: unknown;
    const again = () => {
      timer = globalThis.setTimeout(again, 0);
    };
    again();
    const error = await failure(kit.advance(1));
    globalThis.clearTimeout(timer as never);
    assert.match(
      error.message,
      /10000 timers have fired without time passing: they set each other/,
    );
  });
});

describe("a wrong use", () => {
  test("is named", async () => {
    const { kit, peer } = await opened();
    assert.throws(() => peer.close(1006), /never sent; drop\(\) breaks the connection/);
    assert.throws(() => peer.close(5000), /1000 to 4999/);
    assert.throws(() => peer.close(1000, "é".repeat(62)), /at most 123 bytes/);
    await assert.rejects(kit.advance(-1), /got -1/);
    await assert.rejects(kit.advance(Number.NaN), KitError);
    peer.drop();
    assert.throws(() => peer.say({ type: "late" }), /has ended \(1006\)/);
    assert.throws(() => makeKit({ timers: {} as never }), /call useFakeTimers\(\) before/);
  });
});

describe("what is compared", () => {
  test("is data in depth: dates, maps, bytes, missing members, nothing else", async () => {
    const codec = { encode: (message: unknown) => message as never, decode: (it: unknown) => it };
    const values: [unknown, unknown, boolean][] = [
      [{ a: undefined, b: [1, { c: null }] }, { b: [1, { c: null }] }, true],
      [{ a: 1 }, { a: 1, b: 2 }, false],
      [[1, 2], [1], false],
      [[undefined], [], false],
      [{}, [], false],
      [null, {}, false],
      [Number.NaN, Number.NaN, true],
      [0, -0, true],
      [new Date(5), new Date(5), true],
      [new Date(5), new Date(6), false],
      [new Map([[1, { a: 1 }]]), new Map([[1, { a: 1 }]]), true],
      [new Set([1]), new Set([2]), false],
      [new Uint8Array([1]), new Uint8Array([1]).buffer, true],
      [new Uint8Array([1]), new Uint8Array([2]), false],
      [new Uint8Array([1]), [1], false],
    ];
    const { isEqual, show } = await import("../../testing/match.js");
    for (const [expected, actual, equal] of values) {
      assert.equal(isEqual(expected, actual), equal, `${show(expected)} ${show(actual)}`);
    }
    assert.ok(codec);
  });

  test("is shown in one line that ends", async () => {
    const { show } = await import("../../testing/match.js");
    const circle: { self?: unknown } = {};
    circle.self = circle;
    assert.deepEqual([new Uint8Array([1, 255]), { big: 1n }, undefined, circle].map(show), [
      "2 bytes <01 ff>",
      '{"big":"1n"}',
      "undefined",
      "[object Object]",
    ]);
    assert.match(show("x".repeat(5_000)), /^"x{499}… \(5002 characters\)$/);
    const any = { asymmetricMatch: () => true, toAsymmetricMatcher: () => "Any<Number>" };
    assert.equal(show({ n: any }), '{"n":"Any<Number>"}');
    assert.ok(isPing({ type: "ping" }));
  });
});
