// The facade with the real engine, over a scripted WebSocket.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import {
  bytes,
  connect,
  type Options,
  type Socket,
  type SocketEventMap,
  type State,
  type TautlineError,
  WasmUnavailable,
} from "../index.js";
import { FakeWebSocket, reported, settled } from "./fakes.js";
import { ADDRESS, heard } from "./start.js";

// Genuine instances, whose next call can be made to trap.
let instances = 0;
let trapArmed: boolean | string = false;
const { Instance } = WebAssembly;
Object.assign(WebAssembly, {
  Instance: class {
    readonly exports: WebAssembly.Exports = {};
    constructor(module: WebAssembly.Module) {
      instances += 1;
      for (const [name, call] of Object.entries(new Instance(module).exports)) {
        this.exports[name] = (...args: number[]) => {
          if (trapArmed !== true && trapArmed !== name) {
            return (call as (...args: number[]) => unknown)(...args);
          }
          trapArmed = false;
          throw new WebAssembly.RuntimeError("unreachable");
        };
      }
    }
  },
});

const sockets: Socket[] = [];

/** A socket that comes back at once, and the first native socket it dials. */
async function dial<Out = unknown, In = unknown>(options: Options<Out, In> = {}) {
  const dialled = FakeWebSocket.next();
  const all = { WebSocket: FakeWebSocket, backoff: { initial: 1, max: 1 }, ...options };
  const socket = connect<Out, In>(ADDRESS, all);
  sockets.push(socket as Socket);
  return { socket, native: await dialled };
}

/** The next state of this name. */
const reached = (socket: Socket, name: State["name"]) =>
  new Promise<State>((resolve) => {
    const look = () => {
      if (socket.state.name !== name) return;
      socket.removeEventListener("state", look);
      resolve(socket.state);
    };
    socket.addEventListener("state", look);
    look();
  });

beforeEach(() => {
  reported.length = 0;
});

afterEach(async () => {
  const closing = sockets.splice(0).map((socket) => {
    const closed = socket.close();
    for (const native of FakeWebSocket.all.splice(0)) native.end(1000);
    return closed;
  });
  await Promise.all(closing);
});

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

// --- calls from inside callbacks ---------------------------------------------------------------------------

const ACTIONS: Record<string, (socket: Socket) => void> = {
  send: (socket) => socket.send({ from: "inside" }),
  close: (socket) => {
    socket.close();
  },
  reconnect: (socket) => socket.reconnect(),
  "pause and resume": (socket) => {
    socket.pause();
    socket.resume();
  },
  "everything twice": (socket) => {
    for (let i = 0; i < 2; i++) {
      socket.stats();
      socket.send("x", { key: "k" });
      socket.close();
      socket.reconnect();
      socket.pause();
      socket.open();
      socket.resume();
    }
  },
};

const CALLBACKS = [
  ...(["state", "open", "message", "invalid", "drop", "latency", "error", "close"] as const).map(
    (type: keyof SocketEventMap) => `event ${type}`,
  ),
  "subscribe",
  "url",
  "protocols",
  "encode",
  "decode",
  "ping",
  "isPong",
  "isPing",
  "pong",
  "auth.message",
  "auth.accept",
  "restore",
  "retry",
  "logger",
  "WebSocket",
];

/** A server in a few lines: accepts, welcomes, sends what provokes each callback, and hangs up with `code`. */
class Provoking extends FakeWebSocket {
  static code = 4000;

  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    setImmediate(() => this.open(protocols[0]));
  }

  override send(data: unknown) {
    super.send(data);
    setImmediate(() => this.#answer(JSON.parse(String(data))));
  }

  override close(...args: unknown[]) {
    super.close(...args);
    setImmediate(() => this.end(1000));
  }

  #answer(message: { token?: string; ping?: number }) {
    if (message.token) this.receive('"welcome"');
    if (message.ping) {
      this.receive(JSON.stringify({ pong: message.ping }));
      for (const frame of ['"server ping"', '"text"', "{"]) this.receive(frame);
      this.end(Provoking.code);
    }
  }
}

for (const [action, act] of Object.entries(ACTIONS)) {
  for (const callback of CALLBACKS) {
    test(`${action} from inside ${callback}`, async () => {
      let acted = false;
      // Before connect() has returned there is nothing to call: only encode() and the like run that early.
      let socket: Socket | undefined;
      let seen: (() => void) | undefined;
      const done = new Promise<void>((resolve) => {
        seen = resolve;
      });
      const inside = (name: string) => {
        if (name !== callback || acted || !socket) return;
        acted = true;
        act(socket);
        seen?.();
      };
      Provoking.code = callback === "event close" ? 4400 : 4000;
      socket = connect<unknown, never>(
        () => {
          inside("url");
          if (callback === "event error" && !acted) throw new Error("provoked");
          return ADDRESS;
        },
        {
          protocols: () => {
            inside("protocols");
            return ["chat"];
          },
          codec: {
            encode: (message) => {
              inside("encode");
              return JSON.stringify(message);
            },
            decode: (frame) => {
              inside("decode");
              return JSON.parse(frame as string) as never;
            },
          },
          heartbeat: {
            interval: 20,
            ping: (id: number) => {
              inside("ping");
              return { ping: id };
            },
            isPong: (message: { pong?: number }) => {
              inside("isPong");
              return message.pong ?? false;
            },
            isPing: (message) => {
              inside("isPing");
              return message === "server ping";
            },
            pong: () => {
              inside("pong");
              return "pong";
            },
          },
          auth: {
            message: () => {
              inside("auth.message");
              return { token: "t" };
            },
            accept: () => {
              inside("auth.accept");
              return true;
            },
          },
          restore: () => inside("restore"),
          retry: () => {
            inside("retry");
            return undefined;
          },
          logger: { info: () => inside("logger"), debug: () => inside("logger") },
          backoff: { initial: 1, max: 1 },
          WebSocket: class extends Provoking {
            constructor(url: string, protocols: string[]) {
              super(url, protocols);
              inside("WebSocket");
            }
          },
        },
      );
      const internal: TautlineError[] = [];
      socket.addEventListener("error", ({ error }) => {
        if (error.code === "internal") internal.push(error);
      });
      for (const type of [
        "state",
        "open",
        "message",
        "invalid",
        "drop",
        "latency",
        "error",
        "close",
      ] as const) {
        socket.addEventListener(type, () => inside(`event ${type}`));
      }
      socket.subscribe(() => inside("subscribe"));
      socket.send("provokes a drop", { key: "d" });
      socket.send("provokes a drop", { key: "d" });
      await done;
      await settled();
      assert.deepEqual(internal, []);
      // Whatever was done, the socket can be opened again and closed.
      if (socket.state.name === "closed") socket.reconnect();
      await socket.opened();
      await socket.close();
      assert.equal(socket.state.name, "closed");
      assert.deepEqual(internal, []);
      assert.deepEqual(reported, []);
    });
  }
}

// --- when wasm itself fails --------------------------------------------------------------------------------

test("a trap closes all sockets of the instance; the next connect() and reconnect() have a fresh one", async () => {
  const before = instances;
  const first = await dial();
  const second = await dial();
  first.native.open();
  second.native.open();
  const events: string[] = [];
  for (const type of ["state", "error", "close", "drop"] as const) {
    first.socket.addEventListener(type, () => events.push(type));
  }
  trapArmed = true;
  assert.equal(first.socket.send("x"), "dropped");
  for (const { socket, native } of [first, second]) {
    assert.deepEqual(socket.state, { name: "closed", why: "internal", cause: undefined });
    assert.ok(!native.onmessage);
    assert.equal(native.closes.length, 1);
  }
  assert.deepEqual(events, ["state", "error", "close", "drop"]);
  await first.socket.close();
  const third = await dial();
  third.native.open();
  assert.equal(third.socket.send("y"), "sent");
  const revived = FakeWebSocket.next();
  second.socket.reconnect();
  (await revived).open();
  assert.equal(second.socket.send("z"), "sent");
  assert.equal(instances, before + 1);
});

/** Timers of this process that will fire. */
const liveTimers = () =>
  process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;

for (const call of ["poll", "field", "deadline", "timer", "timeout", "opened", "heard", "closed"]) {
  test(`a trap in ${call}: closed as internal, the native socket gone, no timer left`, async () => {
    const before = liveTimers();
    const { socket, native } = await dial();
    trapArmed = call;
    native.open();
    native.receive("1");
    if (socket.state.name !== "closed") native.end(1006);
    if (socket.state.name !== "closed") await reached(socket, "closed");
    assert.deepEqual(socket.state, { name: "closed", why: "internal", cause: undefined });
    assert.ok(native.closes.length > 0 || native.readyState === 3);
    assert.ok(!native.onmessage && !native.onclose);
    assert.equal(socket.send("late"), "dropped");
    assert.equal(liveTimers(), before);
    const next = FakeWebSocket.next();
    socket.reconnect();
    (await next).open();
    assert.equal(socket.state.name, "open");
  });
}

test("what a close listener sends after a trap, on a new engine, is not reported as dropped", async () => {
  const { socket } = await dial();
  const drops: { message: unknown }[] = heard(socket, "drop");
  socket.send("before");
  const next = FakeWebSocket.next();
  const revive = () => {
    socket.reconnect();
    socket.send("after");
  };
  socket.addEventListener("close", revive, { once: true });
  trapArmed = "command";
  socket.pause();
  assert.deepEqual(
    drops.map(({ message }) => message),
    ["before"],
  );
  const native = await next;
  native.open();
  assert.deepEqual(native.sent, ['"after"']);
});

// --- sockets of other makes ---------------------------------------------------------------------------------

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

test("wasm that cannot be compiled is named with the directive, and tried again the next time", async (t) => {
  const { Module } = WebAssembly;
  const lost = await dial();
  lost.native.open();
  trapArmed = true;
  lost.socket.send("the instance is gone");
  t.after(() => Object.assign(WebAssembly, { Module }));
  const cause = new WebAssembly.CompileError("violates the Content Security Policy");
  Object.assign(WebAssembly, {
    Module: class {
      constructor() {
        throw cause;
      }
    },
  });
  assert.throws(
    () => connect(ADDRESS, { WebSocket: FakeWebSocket }),
    (error) =>
      error instanceof WasmUnavailable &&
      error.code === "wasm-unavailable" &&
      error.cause === cause &&
      /'wasm-unsafe-eval'.*script-src/.test(error.message),
  );
  Object.assign(WebAssembly, { Module });
  const { socket, native } = await dial();
  native.open();
  assert.equal(socket.state.name, "open");
});
