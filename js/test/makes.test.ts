// Sockets of other makes, and ends that come together.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, type TautlineError } from "../index.js";
import { FakeWebSocket, settled } from "./fakes.js";
import { dial, liveTimers, reached } from "./real.js";

test("close() and reconnect() together, and reconnect() again from the close event: one engine, one socket, no stray timer", async () => {
  const before = liveTimers();
  const { socket, native } = await dial();
  native.open();
  socket.addEventListener("close", () => socket.reconnect(), { once: true });
  socket.close();
  socket.reconnect();
  await settled();
  FakeWebSocket.all.at(-1)?.open();
  assert.equal(socket.state.name, "open");
  assert.equal(FakeWebSocket.all.filter(({ onmessage }) => onmessage).length, 1);
  assert.equal(socket.send("x"), "sent");
  const closed = socket.close();
  for (const each of FakeWebSocket.all) each.end(1000);
  await closed;
  await settled();
  assert.equal(liveTimers(), before);
});

test("a close event without reason, code and wasClean ends the connection like 1006", async () => {
  const { socket, native } = await dial({ backoff: { initial: 10_000 } });
  native.open();
  native.onclose?.({});
  assert.equal(socket.state.name, "waiting");
  assert.deepEqual(socket.state.cause, { kind: "closed", code: 1006, reason: "", wasClean: false });
});

test("a socket whose close() does not like code and reason is closed without them", async () => {
  class Picky extends FakeWebSocket {
    override close(...args: unknown[]) {
      if (args.length > 0) throw new TypeError("no arguments");
      super.close();
    }
  }
  const { socket, native } = await dial({ WebSocket: Picky });
  native.open();
  const closed = socket.close(4000, "bye");
  assert.deepEqual(native.closes, [[]]);
  native.end(1005);
  await closed;
});

test("a socket that cannot be given handlers is an attempt that failed, and is closed", async () => {
  class Deaf extends FakeWebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      Object.defineProperty(this, "onmessage", { value: null, writable: false });
    }
  }
  const { socket, native } = await dial({ WebSocket: Deaf, maxAttempts: 1 });
  assert.equal((await reached(socket, "closed")).name, "closed");
  assert.ok(native.closes.length > 0);
});

test("a view that the native socket refuses is sent as a copy", async () => {
  class Strict extends FakeWebSocket {
    override send(data: unknown) {
      if ((data as Uint8Array).buffer instanceof SharedArrayBuffer) throw new TypeError("shared");
      super.send(data);
    }
  }
  const { socket, native } = await dial({ WebSocket: Strict, codec: bytes() });
  native.open();
  const shared = new Uint8Array(new SharedArrayBuffer(2)) as unknown as Uint8Array<ArrayBuffer>;
  shared.set([1, 2]);
  assert.equal(socket.send(shared), "sent");
  assert.deepEqual(native.sent, [new Uint8Array([1, 2])]);
});

test("opened() of an aborted socket rejects with the abort's reason as its cause", async () => {
  const controller = new AbortController();
  const { socket } = await dial({ signal: controller.signal });
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(socket.opened(), (error: TautlineError) => error.cause === reason);
});

test("an error while connecting without a close after it is a refused dial; later ones are nobody's", async () => {
  const { socket, native } = await dial({ backoff: { initial: 10_000 } });
  native.onerror?.({});
  assert.equal(socket.state.name === "waiting" && socket.state.cause.kind, "refused");
  assert.ok(native.onerror, "still listened to");
  native.onerror?.({});
  assert.equal(socket.state.name, "waiting");
});

test("only the first goodbye has its say", async () => {
  const { socket, native } = await dial();
  native.open();
  socket.close(4000, "first");
  socket.close(4001, "second");
  assert.deepEqual(native.closes, [[4000, "first"]]);
});
