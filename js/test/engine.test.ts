// The facade with the real engine, over a scripted WebSocket.
import assert from "node:assert/strict";
import { test } from "node:test";
import { bytes, connect, type State, type TautlineError } from "../index.js";
import { FakeWebSocket, reported, settled } from "./fakes.js";
import { dial, reached, sockets } from "./real.js";
import { ADDRESS, heard } from "./start.js";

test("connects, sends, receives, closes", async () => {
  const { socket, native } = await dial();
  const states: State[] = [];
  socket.addEventListener("state", ({ state }) => states.push(state));
  assert.equal(socket.state.name, "connecting");
  assert.equal(native.binaryType, "arraybuffer");
  native.open();
  await socket.opened();
  const got: unknown[] = [];
  socket.subscribe((message) => got.push(message));
  assert.equal(socket.send({ hello: "ü" }), "sent");
  assert.deepEqual(native.sent, ['{"hello":"ü"}']);
  native.receive('{"a":1}');
  native.receive("{");
  native.receive("2");
  assert.deepEqual(got, [{ a: 1 }, 2]);
  const closed = socket.close(4321, "bye");
  assert.deepEqual(native.closes, [[4321, "bye"]]);
  native.end(4321, "bye");
  await closed;
  assert.deepEqual(
    states.map(({ name }) => name),
    ["open", "closing", "closed"],
  );
  assert.deepEqual(socket.state, {
    name: "closed",
    why: "user",
    cause: { kind: "user", code: 4321, reason: "bye", wasClean: true },
  });
  const { messagesSent, messagesReceived, attempts } = socket.stats();
  assert.deepEqual([messagesSent, messagesReceived, attempts], [1, 3, 1]);
});

test("what is sent before the open waits in order, binary data as it was", async () => {
  const { socket, native } = await dial({
    codec: bytes(),
  });
  const buffer = new Uint8Array([1]);
  assert.equal(socket.send(buffer), "queued");
  buffer[0] = 9;
  assert.equal(socket.send(buffer), "queued");
  native.open();
  assert.equal(socket.send(new Uint8Array([3])), "sent");
  assert.deepEqual(
    native.sent.map((data) => [...(data as Uint8Array)]),
    [[1], [9], [3]],
  );
});

test("queue bounds, keys and time to live end in drops with their reasons", async () => {
  const { socket, native } = await dial({ queue: { maxMessages: 2, overflow: "drop-oldest" } });
  const drops: { message: unknown; error: TautlineError }[] = heard(socket, "drop");
  socket.send("a", { key: "k" });
  socket.send("b", { key: "k" });
  socket.send("c");
  socket.send("d");
  assert.equal(socket.send("x".repeat(2 ** 20)), "dropped");
  assert.equal(socket.send(1n), "dropped");
  const expired = new Promise<void>((resolve) => {
    socket.addEventListener("drop", ({ message }) => {
      if (message === "e") resolve();
    });
  });
  socket.send("e", { ttl: 1 });
  await expired;
  native.open();
  assert.deepEqual(
    drops.map(({ message, error }) => `${String(message).slice(0, 1)} ${error.code}`),
    ["a replaced", "b queue-full", "x too-large", "1 encode", "c queue-full", "e expired"],
  );
  assert.deepEqual(native.sent, ['"d"']);
});

test("a broken connection is followed by another; reconnect() does not wait", async () => {
  const { socket, native } = await dial();
  const opens: Record<string, unknown>[] = heard(socket, "open");
  native.open();
  const second = FakeWebSocket.next();
  native.end(1006, "", false);
  assert.equal(socket.state.name, "waiting");
  const again = await second;
  again.open();
  assert.deepEqual(
    opens.map(({ reconnected }) => reconnected),
    [false, true],
  );
  const third = FakeWebSocket.next();
  socket.reconnect();
  (await third).open();
  assert.ok(!again.onmessage, "the old one is abandoned");
  assert.ok(again.closes.length > 0);
  assert.equal(socket.state.name, "open");
  assert.equal(socket.stats().reconnects, 2);
});

test("a final close code is obeyed until reconnect()", async () => {
  const { socket, native } = await dial();
  const closes: Record<string, unknown>[] = heard(socket, "close");
  native.open();
  native.end(4400, "bad");
  assert.deepEqual([closes.length, closes[0]?.why, closes[0]?.code], [1, "final", 4400]);
  const fresh = FakeWebSocket.next();
  socket.reconnect();
  (await fresh).open();
  await socket.opened();
  assert.equal(socket.stats().attempts, 2);
});

test("retry tables and functions decide", async () => {
  const table = await dial({ retry: { 1000: false, "4500-4599": false } });
  table.native.open();
  table.native.end(4510);
  assert.equal(table.socket.state.name, "closed");
  const asked: unknown[] = [];
  const chosen = await dial({
    retry: (close, attempt) => {
      asked.push(close.code, attempt);
      return attempt < 2 ? 0 : false;
    },
  });
  chosen.native.open();
  const second = FakeWebSocket.next();
  chosen.native.end(4999);
  (await second).end(1006, "", false);
  assert.equal(chosen.socket.state.name, "closed");
  assert.deepEqual(asked, [4999, 1, 1006, 2]);
});

test("authentication and restore come before the queue", async () => {
  const { socket, native } = await dial<unknown, string>({
    auth: {
      message: async ({ attempt }) => ({ token: attempt }),
      accept: (reply) => (reply === "welcome" ? true : undefined),
    },
    restore: async (send) => {
      send("join");
      await settled();
      send("since");
    },
  });
  const got: unknown[] = [];
  socket.subscribe((message) => got.push(message));
  socket.send("queued");
  native.open();
  assert.equal(socket.state.name, "authenticating");
  await settled();
  native.receive('"early"');
  native.receive('"welcome"');
  assert.equal(socket.state.name, "restoring");
  await socket.opened();
  assert.deepEqual(native.sent, ['{"token":0}', '"join"', '"since"', '"queued"']);
  assert.deepEqual(got, ["early"]);
});

test("a goodbye that lets the queue leave first authenticates, and then lets it leave", async () => {
  const { socket, native } = await dial<unknown, string>({
    auth: { message: () => "token", accept: (reply) => reply === "welcome" },
  });
  socket.send("queued");
  const closing = socket.close(1000, "", { drain: 10_000 });
  assert.equal(socket.state.name, "closing");
  native.open();
  await settled();
  native.receive('"welcome"');
  await settled();
  assert.deepEqual(native.sent, ['"token"', '"queued"']);
  native.end(1000);
  await closing;
  assert.equal(socket.state.name, "closed");
});

test("a refused token is asked for once more, and then the end is named", async () => {
  let tokens = 0;
  const { socket, native } = await dial({
    auth: { message: () => ++tokens, accept: (reply) => reply === "welcome" },
    retry: () => undefined,
  });
  const errors: { error: TautlineError }[] = heard(socket, "error");
  native.open();
  await settled();
  const second = FakeWebSocket.next();
  native.receive('"no"');
  assert.equal(socket.state.name, "waiting");
  socket.reconnect();
  const again = await second;
  again.open();
  await settled();
  again.receive('"no"');
  const state = await reached(socket, "closed");
  assert.equal(state.name === "closed" && state.why, "unauthorized");
  assert.equal(tokens, 2);
  assert.ok(errors.every(({ error }) => error.code === "unauthorized"));
});

test("the server's pings are answered and swallowed", async () => {
  const { socket, native } = await dial({
    heartbeat: { isPing: (message) => message === "ping", pong: "pong" },
  });
  const got: unknown[] = [];
  socket.subscribe((message) => got.push(message));
  native.open();
  native.receive('"ping"');
  native.receive('"text"');
  assert.deepEqual([native.sent, got], [['"pong"'], ["text"]]);
});

test("silence is answered with a ping, its pong gives the latency, silence after it ends the connection", async () => {
  const { socket, native } = await dial<object, { pong: number }>({
    heartbeat: { interval: 40, ping: (id) => ({ ping: id }), isPong: (message) => message.pong },
  });
  const latency = new Promise<number>((resolve) => {
    socket.addEventListener("latency", (event) => resolve(event.latency), { once: true });
  });
  const sent = new Promise<string>((resolve) => {
    native.send = (data) => resolve(String(data));
  });
  native.open();
  const { ping } = JSON.parse(await sent);
  native.receive(JSON.stringify({ pong: ping }));
  assert.ok((await latency) >= 0);
  assert.equal(socket.stats().latency, await latency);
  const state = await reached(socket, "waiting");
  assert.equal(state.name === "waiting" && state.cause.kind, "heartbeat");
  assert.ok(!native.onmessage);
});

test("a frame above the limit ends the connection with 4009", async () => {
  const { socket, native } = await dial({ maxMessageSize: 10 });
  const got: unknown[] = [];
  socket.subscribe((message) => got.push(message));
  native.open();
  native.receive(`"${"x".repeat(20)}"`);
  assert.deepEqual([got, native.closes[0]?.[0]], [[], 4009]);
  assert.equal(socket.state.name, "waiting");
  assert.equal(socket.state.name === "waiting" && socket.state.cause.kind, "too-large");
});

test("a constructor that throws is an attempt that failed", async () => {
  let made = 0;
  const { socket } = await dial({
    WebSocket: class extends FakeWebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        if (made++ === 0) throw new SyntaxError("no");
      }
    },
  });
  const errors: { error: TautlineError }[] = heard(socket, "error");
  const native = await FakeWebSocket.next();
  native.open();
  assert.equal(socket.state.name, "open");
  assert.ok(errors.length <= 1);
});

test("a native send that throws does not reach the engine", async () => {
  const { socket, native } = await dial();
  native.open();
  native.send = () => {
    throw new TypeError("shared memory");
  };
  socket.send("x");
  assert.notEqual(socket.state.name, "closed");
  assert.equal(socket.stats().attempts, 1);
});

test("a provider that hangs is given up with the attempt, and its signal tells", async () => {
  const signals: AbortSignal[] = [];
  const dialled = FakeWebSocket.next();
  const socket = connect(
    ({ signal }) => {
      signals.push(signal);
      return signals.length > 1 ? ADDRESS : new Promise<string>(() => {});
    },
    { WebSocket: FakeWebSocket, connectTimeout: 20, backoff: { initial: 1, max: 1 } },
  );
  sockets.push(socket);
  const errors: { error: TautlineError }[] = heard(socket, "error");
  (await dialled).open();
  assert.equal(errors[0]?.error.code, "connect-timeout");
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [true, false],
  );
});

test("pause() leaves the connection, resume() makes another", async () => {
  const { socket, native } = await dial();
  native.open();
  socket.pause();
  assert.deepEqual(socket.state, { name: "suspended", why: "paused", cause: { kind: "paused" } });
  assert.equal(socket.send("later"), "queued");
  const second = FakeWebSocket.next();
  socket.resume();
  const again = await second;
  again.open();
  assert.deepEqual(again.sent, ['"later"']);
});

test("a dead link does not hold close() up", async () => {
  const { socket, native } = await dial();
  native.open();
  socket.send("x");
  const before = performance.now();
  await socket.close();
  assert.ok(performance.now() - before < 5_000);
  assert.equal(socket.state.name, "closed");
});

test("abort and dispose end everything at once and for good", async () => {
  const controller = new AbortController();
  const aborted = await dial({ signal: controller.signal });
  aborted.native.open();
  const drops: object[] = heard(aborted.socket, "drop");
  aborted.socket.pause();
  aborted.socket.send("queued");
  controller.abort();
  assert.equal(aborted.socket.state.name === "closed" && aborted.socket.state.why, "aborted");
  assert.equal(drops.length, 1);
  const disposed = await dial();
  disposed.native.open();
  const done = disposed.socket[Symbol.asyncDispose]();
  disposed.native.end(1000);
  await done;
  const dialled = FakeWebSocket.all.length;
  aborted.socket.reconnect();
  disposed.socket.reconnect();
  await settled();
  assert.equal(FakeWebSocket.all.length, dialled);
});

test("an insecure address is refused after connect() has returned", async () => {
  const socket = connect("ws://example.com/", { WebSocket: FakeWebSocket, requireSecure: true });
  const errors: { error: TautlineError }[] = heard(socket, "error");
  const closed = reached(socket, "closed");
  const state = await closed;
  assert.equal(state.name === "closed" && state.why, "insecure");
  assert.equal(errors[0]?.error.code, "insecure");
});

test("a throwing listener of any kind changes nothing", async () => {
  const { socket, native } = await dial();
  const error = new Error("listener");
  const got: unknown[] = [];
  socket.subscribe(() => {
    throw error;
  });
  socket.subscribe((message) => got.push(message));
  native.open();
  native.receive("1");
  native.receive("2");
  assert.deepEqual(
    [got, reported],
    [
      [1, 2],
      [error, error],
    ],
  );
});
