import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, CodecError, DropError, OptionError, raw, text } from "../index.js";
import { DROPS } from "../wire.js";
import { heard, start } from "./start.js";

const DROPPED = 2;
const reason = (name: (typeof DROPS)[number]) => DROPS.indexOf(name);
type Drop = { message: unknown; error: DropError };

test("a message that the engine takes at once is sent, and leaves nothing behind", () => {
  const { socket, engine } = start();
  engine.passes = true;
  assert.equal(socket.send({ a: "ä" }), "sent");
  assert.deepEqual(engine.of("pass"), [['{"a":"ä"}', 9]]);
  assert.deepEqual(engine.of("enqueue"), []);
});

test("a message that has to wait is queued with size, time to live and key, and is given away once", () => {
  const { socket, engine } = start();
  assert.equal(socket.send("one"), "queued");
  assert.equal(socket.send("two", { ttl: 500, key: "k" }), "queued");
  assert.deepEqual(engine.of("enqueue"), [
    [1, 5, 0, 0],
    [2, 5, 500, 2],
  ]);
  assert.equal(engine.host.take(1), '"one"');
  assert.equal(engine.host.take(1), undefined);
  assert.equal(engine.host.take(2), '"two"');
});

test("a key has one number while a message holds it, and is then forgotten", () => {
  const { socket, engine } = start();
  const number = () => engine.of("enqueue").at(-1)?.[3];
  socket.send(1, { key: "k" });
  const first = number();
  socket.send(2, { key: "k" });
  assert.equal(number(), first);
  engine.host.dropped(1, reason("replaced"), 0);
  socket.send(3, { key: "k" });
  assert.equal(number(), first, "the second message still holds it");
  socket.send(4, { key: "other" });
  assert.notEqual(number(), first);
  engine.host.take(2);
  engine.host.take(3);
  socket.send(5, { key: "k" });
  assert.notEqual(number(), first);
});

test("a queued message stays as it was sent", () => {
  const { socket, engine } = start({ codec: bytes() });
  const whole = new Uint8Array([1, 2, 3, 4]);
  socket.send(whole.subarray(1, 3));
  socket.send(whole.buffer);
  whole.fill(9);
  assert.deepEqual(new Uint8Array(engine.host.take(1) as ArrayBuffer), new Uint8Array([2, 3]));
  assert.deepEqual(
    new Uint8Array(engine.host.take(2) as ArrayBuffer),
    new Uint8Array([1, 2, 3, 4]),
  );
  assert.deepEqual(
    engine.of("enqueue").map(([, size]) => size),
    [2, 4],
  );
});

test("raw data goes past the codec", () => {
  const { socket, engine } = start();
  socket.send(raw("ping"));
  const data = new ArrayBuffer(3);
  socket.send(raw(data));
  assert.deepEqual(engine.of("pass"), [
    ["ping", 4],
    [data, 3],
  ]);
});

test("a message that is refused is dropped with the reason", () => {
  for (const code of ["queue-full", "too-large", "closed"] as const) {
    const { socket, engine } = start();
    const drops: Drop[] = heard(socket, "drop");
    engine.fate = DROPPED + reason(code);
    assert.equal(socket.send("x"), "dropped");
    assert.equal(drops.length, 1);
    assert.ok(drops[0]?.error instanceof DropError);
    assert.equal(drops[0].error.code, code);
    assert.equal(drops[0].message, "x");
    assert.equal(engine.host.take(1), undefined);
  }
});

test("a queued message that is given up later is dropped with the message itself", () => {
  const { socket, engine } = start();
  const drops: Drop[] = heard(socket, "drop");
  const message = { at: 1 };
  socket.send(message);
  engine.host.dropped(1, reason("expired"), 0);
  engine.host.dropped(1, reason("expired"), 0);
  assert.equal(drops.length, 1);
  assert.equal(drops[0]?.message, message);
  assert.equal(drops[0]?.error.code, "expired");
});

test("what cannot be encoded is dropped, and the codec's error is the cause", () => {
  const { socket, engine } = start();
  const drops: Drop[] = heard(socket, "drop");
  const cycle: { self?: object } = {};
  cycle.self = cycle;
  assert.equal(socket.send(cycle), "dropped");
  assert.equal(socket.send(undefined), "dropped");
  assert.ok(drops[0]?.error instanceof CodecError);
  assert.ok(drops[0].error.cause instanceof TypeError);
  assert.equal(drops[1]?.error.code, "encode");
  assert.deepEqual(engine.calls.length, 1, "only open");
});

test("a listener of drops that sends again does not run for ever", () => {
  const { socket, engine } = start();
  engine.fate = DROPPED;
  const fates: string[] = [];
  socket.addEventListener("drop", ({ message }) => fates.push(socket.send(message)));
  assert.equal(socket.send("x"), "dropped");
  assert.deepEqual(fates, ["dropped"]);
  engine.fate = 1;
  socket.send("y");
  engine.host.dropped(3, reason("expired"), 0);
  assert.deepEqual(fates, ["dropped", "queued"]);
  engine.host.dropped(4, reason("expired"), 0);
  assert.equal(fates.length, 3, "a message that was queued from there is reported like any other");
});

test("wrong arguments throw, whatever the state", () => {
  const { socket, engine } = start({ codec: text() });
  engine.passes = true;
  for (const options of [{ ttl: -1 }, { ttl: "1" }, { tll: 1 }, null]) {
    const wrong = options as never;
    if (options) assert.throws(() => socket.send("x", wrong), OptionError);
  }
  assert.throws(
    () => socket.send("x", { ttl: 0 }),
    /options\.ttl: got 0, expected a number from 1/,
  );
});

test("after close() messages are dropped, not thrown", async () => {
  const { socket, engine } = start();
  const drops: Drop[] = heard(socket, "drop");
  engine.closed("user");
  await Promise.resolve();
  assert.equal(socket.send("late"), "dropped");
  assert.equal(drops[0]?.error.code, "closed");
});
