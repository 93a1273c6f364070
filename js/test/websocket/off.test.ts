// `reconnect: false`: alone, and with policies named beside it.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { connect } from "../../index.js";
import { WebSocket } from "../../websocket/index.js";
import { FakeWebSocket, settled } from "../fakes.js";
import { wasm } from "../real.js";
import { ADDRESS, dial, heard, make, PLAIN, timers } from "./make.js";

const platform = globalThis.WebSocket;
afterEach(() => {
  globalThis.WebSocket = platform;
});

test("alone, it is a native socket: no engine, no timer, no listener", async () => {
  const before = [wasm.instances, timers()];
  const { socket, log, native } = await dial(PLAIN);
  native.open();
  native.receive("a");
  native.end(1006, "", false);
  await settled();
  assert.deepEqual([wasm.instances, timers()], before);
  assert.deepEqual(log, ["open 1", "message 1 a", "close 3 1006  broken"]);
  assert.equal(socket.socket, undefined);
  assert.equal(FakeWebSocket.all.length, 1);
});

test("an error does not show what may be a token", () => {
  assert.throws(() => make(PLAIN, "ws://example.com/?token=secret#a"), isDiscreet);
  assert.throws(() => make(PLAIN, ADDRESS, ["secret", "secret"]), isDiscreet);
});

const isDiscreet = ({ name, message }: Error) =>
  name === "SyntaxError" && !message.includes("secret");

test("alone, it cannot reconnect", async () => {
  const { socket } = await dial(PLAIN);
  assert.throws(() => socket.reconnect(), { name: "InvalidStateError" });
});

test("alone, what is sent too late counts, whatever the native class does", async () => {
  const { socket, native } = await dial(PLAIN);
  native.open();
  socket.close();
  socket.send("¥");
  socket.send(new ArrayBuffer(3));
  assert.equal(socket.bufferedAmount, 5);
});

test("with a policy named, a break is final at once", async () => {
  const { socket, log, native } = await dial({ reconnect: false, lifecycle: true });
  assert.throws(() => socket.send("early"), { name: "InvalidStateError" });
  native.open();
  socket.send("a");
  native.end(1012, "restart");
  await settled();
  assert.deepEqual(native.sent, ["a"]);
  assert.deepEqual(log, ["open 1", "close 3 1012 restart clean"]);
  assert.equal(FakeWebSocket.all.length, 1);
  assert.throws(() => socket.reconnect(), { name: "InvalidStateError" });
});

test("with a policy named, no retry rule of the table brings it back", async () => {
  for (const code of [1000, 1001, 1006, 1013, 4401, 4429]) {
    const { log, native } = await dial({ reconnect: false, lifecycle: true });
    native.open();
    const count = FakeWebSocket.all.length;
    native.end(code, "retry-after=1", code !== 1006);
    await settled();
    assert.equal(log.at(-1)?.slice(0, 12), `close 3 ${code}`);
    assert.equal(FakeWebSocket.all.length, count, `dialled after ${code}`);
  }
});

test("a class made by with() is one of its own, and its sockets are WebSockets", async () => {
  const Mine = WebSocket.with({ reconnect: false, WebSocket: FakeWebSocket });
  const socket = new Mine(ADDRESS, "chat");
  assert.ok(socket instanceof Mine && socket instanceof WebSocket && socket instanceof EventTarget);
  assert.equal(socket.constructor, Mine);
  assert.deepEqual(
    [Mine.name, Mine.length, Mine.OPEN, Mine.prototype.OPEN],
    ["WebSocket", 1, 1, 1],
  );
  assert.equal(Object.getPrototypeOf(Mine), EventTarget);
  assert.equal(FakeWebSocket.all.at(-1)?.protocols[0], "chat");
  const other = new WebSocket(ADDRESS, [], { reconnect: false, WebSocket: FakeWebSocket });
  assert.ok(other instanceof WebSocket && !(other instanceof Mine));
  class Sub extends Mine {}
  assert.ok(new Sub(ADDRESS) instanceof Sub && !(socket instanceof Sub));
  assert.throws(() => Reflect.apply(Mine as never, undefined, [ADDRESS]), TypeError);
  assert.throws(() => new (Mine as unknown as new () => unknown)(), TypeError);
});

test("with() adds to what was built in before, and the third argument to both", async () => {
  const Off = WebSocket.with({ reconnect: false, WebSocket: FakeWebSocket });
  const On = Off.with({ reconnect: true });
  const dialled = FakeWebSocket.next();
  const on = new On(ADDRESS, []);
  await dialled;
  assert.ok(on.socket, "reconnects");
  on.close();
  assert.equal(new On(ADDRESS, [], { reconnect: false }).socket, undefined);
  assert.equal(new Off(ADDRESS).socket, undefined);
});

test("in the global's place it makes no sockets of itself, and neither does connect()", async () => {
  globalThis.WebSocket = WebSocket as never;
  // This runtime may have no class of its own; the one under test must not be taken for it.
  if (!platform) {
    assert.throws(() => new WebSocket(ADDRESS), /options\.WebSocket/);
    assert.throws(() => connect(ADDRESS), /options\.WebSocket/);
    assert.throws(() => new WebSocket(ADDRESS, [], { reconnect: false }), /options\.WebSocket/);
    return;
  }
  const socket = new WebSocket("ws://127.0.0.1:9", [], { reconnect: false });
  const { code } = (await heard(socket, "close")) as CloseEvent;
  assert.equal(code, 1006);
});

test("it can be given wherever the platform's class can", () => {
  const accepted: typeof globalThis.WebSocket = WebSocket;
  const socket: globalThis.WebSocket = new WebSocket(ADDRESS, [], PLAIN);
  const baked: typeof globalThis.WebSocket = WebSocket.with({ reconnect: false });
  assert.equal(accepted.CLOSED, baked.CLOSED);
  // What the types refuse.
  const refused = [
    // @ts-expect-error there is no such option
    () => new WebSocket(ADDRESS, [], { maxRetries: 3 }),
    // @ts-expect-error options go third
    () => new WebSocket(ADDRESS, { reconnect: false }),
  ];
  for (const make of refused) assert.throws(make);
  assert.equal(socket.url, ADDRESS);
});
