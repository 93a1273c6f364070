import assert from "node:assert/strict";
import { test } from "node:test";
import { OptionError } from "../../index.js";
import { FakeWebSocket, settled } from "../fakes.js";
import { dial, heard, make, timers } from "./make.js";

const text = (sent: unknown[]) =>
  sent.map((data) => (typeof data === "string" ? data : new TextDecoder().decode(data as never)));

test("each break is an error and a close event, each return an open event", async () => {
  const { socket, log, native } = await dial();
  native.open();
  const again = FakeWebSocket.next();
  native.end(1006, "", false);
  assert.equal(socket.readyState, socket.CONNECTING, "while it waits");
  (await again).open();
  const third = FakeWebSocket.next();
  (await again).end(1012, "restart");
  await third;
  assert.deepEqual(log, [
    "open 1",
    "error 0",
    "close 0 1006  broken",
    "open 1",
    "close 0 1012 restart clean",
  ]);
});

test("a dial that fails is an error and a close event, too", async () => {
  const { log, native } = await dial();
  const again = FakeWebSocket.next();
  native.end(1006, "", false);
  await again;
  assert.deepEqual(log, ["error 0", "close 0 1006  broken"]);
});

test("what is sent too early is queued, counted in UTF-8 bytes, and leaves in order", async () => {
  const { socket, native } = await dial();
  socket.send("¥");
  socket.send(Uint8Array.of(97, 98));
  socket.send(12 as never);
  assert.equal(socket.bufferedAmount, 6);
  native.open();
  assert.deepEqual(text(native.sent), ["¥", "ab", "12"]);
  assert.equal(socket.bufferedAmount, 0);
});

test("what a listener of the open event sends leaves before the queue", async () => {
  const { socket, native } = await dial();
  socket.send("queued");
  socket.onopen = () => socket.send("login");
  native.open();
  socket.send("later");
  assert.deepEqual(native.sent, ["login", "queued", "later"]);
});

test("what is queued is a copy", async () => {
  const { socket, native } = await dial();
  const bytes = Uint8Array.of(97);
  socket.send(bytes);
  bytes[0] = 98;
  native.open();
  assert.deepEqual(text(native.sent), ["a"]);
});

test("a Blob is queued and sent as it is", async () => {
  const { socket, native } = await dial();
  const blob = new Blob(["é"]);
  socket.send(blob);
  assert.equal(socket.bufferedAmount, 2);
  native.open();
  assert.equal(native.sent[0], blob);
  socket.send(blob);
  assert.equal(native.sent[1], blob);
});

test("the queue is bounded, and what does not fit is told", async () => {
  const { socket, native } = await dial({ queue: { maxMessages: 2 } });
  const drops: unknown[] = [];
  socket.socket?.addEventListener("drop", ({ message, error }) => {
    drops.push([message, error.code]);
  });
  for (const data of ["a", "b", "c"]) socket.send(data);
  assert.deepEqual(drops, [["c", "queue-full"]]);
  assert.equal(socket.bufferedAmount, 2);
  native.open();
  assert.deepEqual(native.sent, ["a", "b"]);
});

test("bufferedAmount follows the queue where the oldest gives way", async () => {
  const { socket, native } = await dial({ queue: { maxMessages: 1, overflow: "drop-oldest" } });
  socket.send("long message");
  socket.send("¥");
  assert.equal(socket.bufferedAmount, 2);
  native.bufferedAmount = 5;
  assert.equal(socket.bufferedAmount, 7);
  native.open();
  assert.deepEqual(native.sent, ["¥"]);
});

test("bufferedAmount counts each of several equal texts, whichever gives way", async () => {
  for (const overflow of ["reject", "drop-oldest", "drop-newest"] as const) {
    const { socket } = await dial({ queue: { maxMessages: 2, overflow } });
    for (let i = 0; i < 3; i++) socket.send("same");
    assert.equal(socket.bufferedAmount, 8, overflow);
  }
});

test("binary data arrives as a Blob, or as an ArrayBuffer where that is asked for", async () => {
  const { socket, native } = await dial();
  native.open();
  const got: unknown[] = [];
  socket.onmessage = ({ data }) => got.push(data);
  native.receive(Uint8Array.of(1, 2).buffer);
  socket.binaryType = "arraybuffer";
  native.receive(Uint8Array.of(3).buffer);
  native.receive("text");
  assert.ok(got[0] instanceof Blob);
  assert.equal(got[0].size, 2);
  assert.ok(got[1] instanceof ArrayBuffer);
  assert.equal(got[2], "text");
});

test("a message has the origin of its server", async () => {
  const { socket, native } = await dial();
  native.open();
  const message = heard(socket, "message");
  native.receive("a");
  assert.equal(((await message) as MessageEvent).origin, "wss://example.com");
});

test("close() while it waits ends it: the event comes after the call, and no timer is left", async () => {
  const { socket, log, native } = await dial({ backoff: { initial: 60_000, max: 60_000 } });
  const before = timers();
  native.end(1006, "", false);
  assert.equal(timers(), before, "one timer: the next attempt in place of the connect timeout");
  log.length = 0;
  socket.close(3001, "enough");
  assert.equal(socket.readyState, socket.CLOSING);
  assert.deepEqual(log, []);
  await settled();
  assert.deepEqual(log, ["close 3 3001 enough clean"]);
  assert.equal(timers(), before - 1);
});

test("close() before an address is known is told, and nothing is dialled", async () => {
  let give = (_: string) => {};
  const asked = new Promise<void>((resolve) => {
    make({}, () => {
      resolve();
      return new Promise<string>((done) => {
        give = done;
      });
    });
  });
  await asked;
  const { socket, log } = make({}, () => new Promise(() => {}));
  socket.close();
  await heard(socket, "close");
  give("wss://example.com/late");
  await settled();
  assert.deepEqual(log, ["error 3", "close 3 1006  broken"]);
});

test("close() over an open link says code and reason, and tells what the server answers", async () => {
  const { socket, log, native } = await dial();
  native.open();
  socket.close(4000, "bye");
  assert.equal(socket.readyState, socket.CLOSING);
  socket.send("too late");
  assert.deepEqual(native.closes, [[4000, "bye"]]);
  assert.deepEqual(native.sent, []);
  assert.equal(socket.bufferedAmount, 8);
  native.end(4000, "bye");
  assert.deepEqual(log, ["open 1", "close 3 4000 bye clean"]);
});

test("close() while it dials gives the native socket up at once", async () => {
  const { socket, log, native } = await dial();
  socket.close();
  await heard(socket, "close");
  assert.equal(native.closes.length, 1);
  assert.deepEqual(log, ["error 3", "close 3 1006  broken"]);
});

test("after close() nothing is dialled, and nothing of the old socket is heard", async () => {
  const { socket, log, native } = await dial();
  native.open();
  socket.close();
  native.end(1000);
  await settled();
  const count = FakeWebSocket.all.length;
  log.length = 0;
  native.onmessage?.({ data: "stray" });
  globalThis.dispatchEvent?.(new Event("online"));
  await settled();
  assert.equal(FakeWebSocket.all.length, count);
  assert.deepEqual(log, []);
});

test("reconnect() ends the link with code and reason, and dials at once", async () => {
  const { socket, log, native } = await dial({ backoff: { initial: 60_000, max: 60_000 } });
  native.open();
  const again = FakeWebSocket.next();
  socket.reconnect(3005, "new token");
  assert.equal(socket.readyState, socket.CONNECTING);
  assert.deepEqual(native.closes[0], [3005, "new token"]);
  (await again).open();
  assert.deepEqual(log, ["open 1", "close 0 3005 new token clean", "open 1"]);
});

test("reconnect() while it waits dials once, now", async () => {
  const { socket, native } = await dial({ backoff: { initial: 60_000, max: 60_000 } });
  native.end(1006, "", false);
  const again = FakeWebSocket.next();
  const before = FakeWebSocket.all.length;
  socket.reconnect();
  (await again).open();
  await settled();
  assert.equal(FakeWebSocket.all.length, before + 1);
  assert.equal(socket.readyState, socket.OPEN);
});

test("reconnect() opens it again after close()", async () => {
  const { socket, native, log } = await dial();
  native.open();
  socket.close();
  native.end(1005);
  assert.equal(socket.readyState, socket.CLOSED);
  const again = FakeWebSocket.next();
  socket.reconnect();
  assert.equal(socket.readyState, socket.CONNECTING);
  (await again).open();
  assert.deepEqual(log, ["open 1", "close 3 1005  clean", "open 1"]);
});

test("close() and reconnect() in one go end one link and make another", async () => {
  const { socket, native, log } = await dial();
  native.end(1006, "", false);
  log.length = 0;
  const again = FakeWebSocket.next();
  socket.close();
  socket.reconnect();
  (await again).open();
  assert.equal(log.at(-1), "open 1");
  assert.equal(log.filter((line) => line.startsWith("close")).length, 1);
});

test("what is sent after reconnect() within the open event waits for the next link", async () => {
  const { socket, native } = await dial();
  const again = FakeWebSocket.next();
  socket.addEventListener("open", () => socket.reconnect(), { once: true });
  socket.addEventListener("open", () => socket.send("a"), { once: true });
  native.open();
  (await again).open();
  assert.deepEqual([native.sent, (await again).sent], [[], ["a"]]);
});

test("after an abort, reconnect() leaves it CLOSED", async () => {
  const controller = new AbortController();
  const { socket, native } = await dial({ signal: controller.signal });
  native.open();
  controller.abort();
  socket.reconnect();
  await settled();
  assert.equal(socket.readyState, socket.CLOSED);
});

test("address and subprotocols are asked anew for each attempt", async () => {
  const asked: number[] = [];
  const { native, socket } = await dial(
    {},
    async ({ attempt }) => {
      asked.push(attempt);
      return `wss://example.com/${asked.length}`;
    },
    () => [`v${asked.length}`],
  );
  assert.deepEqual([native.url, native.protocols], ["wss://example.com/1", ["v1"]]);
  assert.equal(socket.url, "wss://example.com/1");
  const again = FakeWebSocket.next();
  native.end(1006, "", false);
  const { url, protocols } = await again;
  assert.deepEqual([url, protocols], ["wss://example.com/2", ["v2"]]);
  assert.equal(asked.length, 2);
});

test("a provider that rejects is a failed attempt, and the next one follows", async () => {
  let count = 0;
  const dialled = FakeWebSocket.next();
  const { log } = make({}, async () => {
    count += 1;
    if (count === 1) throw new Error("no token");
    return "wss://example.com/second";
  });
  assert.equal((await dialled).url, "wss://example.com/second");
  assert.deepEqual(log, ["error 0", "close 0 1006  broken"]);
});

test("after the last attempt it is CLOSED, with one close event for each", async () => {
  const { socket, log, native } = await dial({ maxAttempts: 1 });
  const again = FakeWebSocket.next();
  native.end(1006, "", false);
  (await again).end(1006, "", false);
  assert.equal(socket.readyState, socket.CLOSED);
  assert.deepEqual(log, ["error 0", "close 0 1006  broken", "error 3", "close 3 1006  broken"]);
});

test("a code that is final is followed by nothing", async () => {
  const { socket, log, native } = await dial();
  native.open();
  native.end(4400, "bad request");
  assert.equal(socket.readyState, socket.CLOSED);
  assert.deepEqual(log, ["open 1", "close 3 4400 bad request clean"]);
});

test("an abort closes it", async () => {
  const controller = new AbortController();
  const { socket, log, native } = await dial({ signal: controller.signal });
  native.open();
  controller.abort();
  assert.equal(socket.readyState, socket.CLOSED);
  assert.equal(log.at(-1), "close 3 1006  broken");
  assert.equal(native.closes.length, 1);
});

test("autoConnect: false is CLOSED until reconnect()", async () => {
  const dialled = FakeWebSocket.next();
  const { socket, log } = make({ autoConnect: false });
  await settled();
  assert.equal(socket.readyState, socket.CLOSED);
  assert.deepEqual(log, []);
  socket.reconnect();
  (await dialled).open();
  assert.deepEqual(log, ["open 1"]);
});

test("protocol and extensions are those of the native socket", async () => {
  const { socket, native } = await dial({}, undefined, ["a", "b"]);
  assert.equal(socket.protocol, "");
  Object.assign(native, { extensions: "permessage-deflate" });
  native.open("b");
  assert.equal(socket.protocol, "b");
  assert.equal(socket.extensions, "permessage-deflate");
});

test("wrong options are refused by name", () => {
  const wrong = (options: object, message: RegExp) =>
    assert.throws(
      () => make(options),
      (error) => error instanceof OptionError && message.test(error.message),
    );
  wrong({ reconnect: { backoff: 1 } }, /options\.reconnect/);
  wrong({ maxRetries: 3 }, /options\.maxRetries/);
  wrong({ heartbeat: { ping: "ping" } }, /options\.heartbeat/);
  wrong({ WebSocket: {} }, /options\.WebSocket/);
});
