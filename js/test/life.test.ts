import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  ConnectError,
  InternalError,
  OptionError,
  type Socket,
  type State,
  TautlineError,
} from "../index.js";
import { CLOSED_WHY, OPTIONS, STATS } from "../wire.js";
import {
  engines,
  type FakeEngine,
  type FakeWebSocket,
  reported,
  settled,
  trapNow,
} from "./fakes.js";
import { heard, start } from "./start.js";

type Change = { state: State; previous: State };

beforeEach(() => {
  reported.length = 0;
});

/** Every event of a socket, as its type and what matters of it. */
function log(socket: Socket) {
  const events: string[] = [];
  socket.addEventListener("state", ({ state }) => events.push(state.name));
  for (const type of ["open", "drop", "error", "close"] as const) {
    socket.addEventListener(type, () => events.push(`${type}!`));
  }
  return events;
}

test("connect() dials, unless autoConnect is false", () => {
  assert.equal(start().engine.of("open").length, 1);
  const { socket, engine } = start({ autoConnect: false });
  assert.equal(engine.of("open").length, 0);
  assert.deepEqual(socket.state, { name: "idle" });
  assert.equal(socket.send("early"), "queued");
  socket.open();
  assert.equal(engine.of("open").length, 1);
});

test("each state carries its data, in the getter and in the event", (t) => {
  t.mock.method(Date, "now", () => 1_000);
  const { socket, engine } = start();
  const changes: Change[] = heard(socket, "state");
  engine.state("connecting");
  engine.state("waiting", { attempt: 3, delay: 500, cause: "heartbeat" });
  engine.state("suspended", { detail: 1, cause: "paused" });
  engine.state("closing");
  engine.state("closed", { detail: 1, cause: "closed", code: 4400, reason: "bad", clean: true });
  const cause = { kind: "closed", code: 4400, reason: "bad", wasClean: true };
  assert.deepEqual(
    changes.map(({ state }) => state),
    [
      { name: "connecting" },
      { name: "waiting", attempt: 3, until: 1_500, cause: { kind: "heartbeat" } },
      { name: "suspended", why: "paused", cause: { kind: "paused" } },
      { name: "closing" },
      { name: "closed", why: "final", cause },
    ],
  );
  for (const [i, { previous }] of changes.entries()) {
    assert.equal(previous, i ? changes[i - 1]?.state : previous);
  }
  assert.equal(socket.state, changes.at(-1)?.state);
});

test("open tells what it follows on", () => {
  const { socket, engine } = start();
  const opens: object[] = heard(socket, "open");
  engine.state("open");
  engine.host.opened(true, 2_500, 4);
  const { reconnected, downtime, unconfirmed } = opens[0] as Record<string, unknown>;
  assert.deepEqual([reconnected, downtime, unconfirmed], [true, 2_500, 4]);
});

test("close comes once, at the end, with why and what ended the connection", () => {
  const { socket, engine } = start();
  const closes: Record<string, unknown>[] = heard(socket, "close");
  engine.state("waiting", { cause: "closed", code: 1006 });
  engine.state("closed", { detail: 4, cause: "closed", code: 4000, reason: "x", clean: true });
  const { why, cause, code, reason, wasClean } = closes[0] as Record<string, unknown>;
  assert.equal(closes.length, 1);
  assert.deepEqual([why, code, reason, wasClean], ["peer", 4000, "x", true]);
  assert.deepEqual(cause, { kind: "closed", code: 4000, reason: "x", wasClean: true });
  const other = start();
  const more: Record<string, unknown>[] = heard(other.socket, "close");
  other.engine.closed("user");
  assert.deepEqual([more[0]?.why, more[0]?.code, more[0]?.wasClean], ["user", 1006, false]);
});

test("a failed attempt is an error event that names the suspects; a plain break is none", () => {
  const { socket, engine } = start();
  const errors: { error: TautlineError }[] = heard(socket, "error");
  for (const cause of ["refused", "connect-timeout", "unauthorized", "too-large"] as const) {
    engine.state("waiting", { cause });
    assert.equal(errors.at(-1)?.error.code, cause);
    assert.ok(errors.at(-1)?.error instanceof ConnectError);
  }
  assert.match(errors[0]?.error.message ?? "", /server down.*401, 403 or 503.*proxy.*subprotocol/);
  engine.host.protocolNotSelected();
  assert.equal(errors.at(-1)?.error.code, "protocol");
  const before = errors.length;
  for (const cause of ["closed", "heartbeat", "sleep", "reconnect", "page-hide", "user"] as const) {
    engine.state("waiting", { cause });
  }
  assert.equal(errors.length, before);
});

test("closed as unauthorized is an error event, whatever the server closed with", () => {
  const { socket, engine } = start();
  const errors: { error: TautlineError }[] = heard(socket, "error");
  engine.state("closed", {
    detail: CLOSED_WHY.indexOf("unauthorized"),
    cause: "closed",
    code: 4401,
  });
  assert.deepEqual(
    errors.map(({ error }) => error.code),
    ["unauthorized"],
  );
});

test("ws: on an https page is named mixed content", async (t) => {
  Object.assign(globalThis, { origin: "https://page.test" });
  t.after(() => Object.assign(globalThis, { origin: undefined }));
  for (const [address, text] of [
    ["ws://example.com/", /mixed content.*wss:/],
    ["ws://localhost/", /mixed content/],
  ] as const) {
    const { socket, engine } = start({}, address);
    const errors: { error: TautlineError }[] = heard(socket, "error");
    engine.ask("url", 1);
    await settled();
    engine.closed("insecure", "insecure");
    assert.match(errors[0]?.error.message ?? "", text);
  }
  Object.assign(globalThis, { origin: "http://page.test" });
  const { socket, engine } = start({ requireSecure: true }, "ws://example.com/");
  const errors: { error: TautlineError }[] = heard(socket, "error");
  t.mock.method(console, "warn", () => {});
  engine.ask("url", 1);
  await settled();
  engine.closed("insecure", "insecure");
  assert.match(errors[0]?.error.message ?? "", /requireSecure.*wss:/);
});

test("opened() resolves at once when open, at the next open, or rejects when closed", async () => {
  const { socket, engine } = start();
  const next = socket.opened();
  engine.state("open");
  await next;
  await socket.opened();
  engine.state("waiting", { cause: "refused" });
  const never = socket.opened();
  engine.closed("exhausted");
  const isClosed = (error: TautlineError) =>
    error instanceof TautlineError &&
    error.code === "closed" &&
    (error.cause as TautlineError).code === "refused";
  await assert.rejects(never, isClosed);
  await assert.rejects(socket.opened(), isClosed);
});

test("opened() obeys its signal, and leaves nothing on it", async () => {
  const { socket, engine } = start();
  const why = new Error("enough");
  const controller = new AbortController();
  const waiting = socket.opened({ signal: controller.signal });
  controller.abort(why);
  await assert.rejects(waiting, why);
  await assert.rejects(socket.opened({ signal: AbortSignal.abort(why) }), why);
  const { signal } = new AbortController();
  const counts = { addEventListener: 0, removeEventListener: 0 };
  for (const name of ["addEventListener", "removeEventListener"] as const) {
    Object.assign(signal, { [name]: () => counts[name]++ });
  }
  const opened = socket.opened({ signal });
  engine.state("open");
  await opened;
  assert.deepEqual(counts, { addEventListener: 1, removeEventListener: 1 });
});

test("close() checks code and reason, passes them on, and resolves when closed", async () => {
  const { socket, engine } = start();
  for (const code of [0, 999, 1001, 1005, 1006, 1011, 2999, 5000, 3000.5, Number.NaN, "1000"]) {
    assert.throws(() => socket.close(code as number), /^TautlineError: code: got /, String(code));
  }
  assert.throws(() => socket.close(1000, "é".repeat(62)), OptionError);
  assert.throws(() => socket.close(1000, "", { drain: -1 }), OptionError);
  assert.deepEqual(engine.of("close"), []);
  socket.close();
  socket.close(undefined, "bye");
  socket.close(4999, "é".repeat(61), { drain: 500 });
  const closed = socket.close(1000);
  assert.deepEqual(engine.of("close"), [
    [0, "", 0],
    [1000, "bye", 0],
    [4999, "é".repeat(61), 500],
    [1000, "", 0],
  ]);
  let done = false;
  closed.then(() => {
    done = true;
  });
  engine.state("closing");
  await settled();
  assert.equal(done, false);
  engine.closed("user", "user");
  await closed;
  await socket.close();
  await settled();
  assert.equal(engine.of("free").length, 1);
});

test("reconnect() revives a closed socket on a new engine, and figures add up", async () => {
  const { socket, engine } = start({ maxAttempts: 9 });
  const figure = (name: (typeof STATS)[number]) => STATS.indexOf(name);
  engine.state("open");
  engine.figures[figure("messagesSent")] = 5;
  engine.figures[figure("latency")] = 20;
  engine.figures[figure("queuedMessages")] = 3;
  engine.closed("final", "closed");
  assert.equal(socket.stats().messagesSent, 5);
  engine.figures[figure("queuedMessages")] = 0;
  await settled();
  assert.equal(engine.of("free").length, 1);
  assert.deepEqual(
    [socket.stats().messagesSent, socket.stats().latency, socket.stats().queuedMessages],
    [5, 20, 0],
  );
  socket.open();
  socket.reconnect();
  const second = engines.at(-1) as FakeEngine;
  assert.notEqual(second, engine);
  assert.deepEqual([second.of("open").length, second.of("reconnect").length], [1, 0]);
  assert.equal(second.options.get(OPTIONS.indexOf("maxAttempts")), 9);
  assert.ok(Math.abs((second.options.get(OPTIONS.indexOf("lostAt")) ?? 0) - Date.now()) < 60_000);
  second.figures[figure("messagesSent")] = 2;
  second.figures[figure("latency")] = 30;
  assert.deepEqual([socket.stats().messagesSent, socket.stats().latency], [7, 30]);
  socket.reconnect();
  assert.equal(second.of("reconnect").length, 1, "it has an engine, whatever the facade was told");
  assert.equal(engines.at(-1), second);
});

test("figures have the documented names, and start at nothing", () => {
  const stats = start().socket.stats();
  assert.deepEqual(Object.keys(stats), [...STATS]);
});

test("reconnect() from inside the closed state revives the engine that there is", async () => {
  const { socket, engine } = start();
  const events = log(socket);
  const { length } = engines;
  let again = true;
  socket.addEventListener("state", ({ state }) => {
    if (state.name !== "closed" || !again) return;
    again = false;
    socket.reconnect();
    engine.state("connecting");
    assert.equal(socket.state.name, "connecting");
  });
  const closed = socket.close();
  socket.send("queued");
  engine.closed("user");
  engine.host.dropped(1, 2, 0);
  assert.deepEqual(events, ["closed", "close!", "connecting", "drop!"]);
  await closed;
  await settled();
  assert.equal(engine.of("reconnect").length, 1);
  assert.equal(engine.of("free").length, 0);
  assert.equal(engines.length, length);
  assert.equal(socket.state.name, "connecting");
});

test("a disposed or aborted socket is not revived, not even while it is closing", () => {
  const disposed = start();
  disposed.engine.state("open");
  disposed.socket[Symbol.asyncDispose]();
  disposed.engine.state("closing");
  disposed.socket.reconnect();
  const controller = new AbortController();
  const aborted = start({ signal: controller.signal });
  aborted.engine.state("open");
  controller.abort();
  aborted.socket.reconnect();
  for (const { engine } of [disposed, aborted]) assert.equal(engine.of("reconnect").length, 0);
});

test("a wait that becomes longer keeps its cause; a dial that a break led to has it", () => {
  const { socket, engine } = start();
  engine.state("open");
  engine.state("waiting", { attempt: 1, delay: 10, cause: "closed", code: 1006 });
  engine.state("waiting", { attempt: 1, delay: 30_000 });
  assert.equal(socket.state.name === "waiting" && socket.state.cause.code, 1006);
  engine.state("connecting");
  assert.deepEqual(socket.state, { name: "connecting" });
  engine.state("connecting", { cause: "sleep" });
  assert.deepEqual(socket.state, { name: "connecting", cause: { kind: "sleep" } });
});

test("protocol is that of the open connection, and empty without one", async () => {
  const { socket, engine } = start({ protocols: ["a", "b"] });
  engine.ask("url", 1);
  await settled();
  const native = engine.host.dial(1) as unknown as FakeWebSocket;
  assert.equal(socket.protocol, "");
  native.open("b");
  assert.equal(socket.protocol, "b");
  native.end(1006);
  assert.equal(socket.protocol, "");
});

test("pause() and resume() go to the engine; on a closed socket they do nothing", async () => {
  const { socket, engine } = start();
  socket.pause();
  socket.resume();
  assert.deepEqual([engine.of("pause").length, engine.of("resume").length], [0, 0], "not open()ed");
  engine.state("connecting");
  socket.pause();
  socket.resume();
  assert.deepEqual([engine.of("pause").length, engine.of("resume").length], [1, 1]);
  engine.closed("user");
  await settled();
  socket.pause();
  socket.resume();
  socket.open();
  assert.deepEqual([engine.of("pause").length, engine.of("resume").length], [1, 1]);
});

test("an aborted signal closes for good", async () => {
  const controller = new AbortController();
  const { socket, engine } = start({ signal: controller.signal });
  controller.abort();
  assert.equal(engine.of("abort").length, 1);
  engine.closed("aborted");
  await settled();
  const made = engines.length;
  socket.reconnect();
  assert.equal(engines.length, made);
  assert.deepEqual(socket.state, { name: "closed", why: "aborted", cause: undefined });
});

test("a signal that was aborted before closes without dialling, after connect() has returned", async () => {
  const { engine } = start({ signal: AbortSignal.abort() });
  assert.deepEqual([engine.of("open").length, engine.of("abort").length], [0, 0]);
  await settled();
  assert.deepEqual([engine.of("open").length, engine.of("abort").length], [0, 1]);
});

test("a closed socket leaves nothing on the signal, and does not come back once that has aborted", async () => {
  const controller = new AbortController();
  const { socket, engine } = start({ signal: controller.signal });
  engine.closed("user");
  await settled();
  controller.abort();
  assert.equal(engine.of("abort").length, 0);
  const made = engines.length;
  socket.reconnect();
  assert.equal(engines.length, made);
});

test("an engine that goes on after all, as it was asked to before closing was known, is kept", async () => {
  const controller = new AbortController();
  const { socket, engine } = start({ signal: controller.signal });
  engine.closed("user");
  engine.state("connecting");
  await settled();
  assert.equal(engine.of("free").length, 0);
  engine.passes = true;
  assert.equal(socket.send("x"), "sent");
  controller.abort();
  assert.equal(engine.of("abort").length, 1);
});

test("dispose closes for good", async () => {
  const { socket, engine } = start();
  const disposed = socket[Symbol.asyncDispose]();
  assert.deepEqual(engine.of("close"), [[0, "", 0]]);
  engine.closed("user");
  await disposed;
  const made = engines.length;
  socket.reconnect();
  assert.equal(engines.length, made);
});

test("listeners get events as in any EventTarget", () => {
  const { socket, engine } = start();
  const got: unknown[] = [];
  const controller = new AbortController();
  socket.addEventListener("state", { handleEvent: (event) => got.push(event.state.name) });
  socket.addEventListener("state", () => got.push("once"), { once: true });
  socket.addEventListener("state", () => got.push("signal"), { signal: controller.signal });
  socket.addEventListener("state", function () {
    got.push(this === socket);
  });
  engine.state("connecting");
  controller.abort();
  engine.state("open");
  assert.deepEqual(got, ["connecting", "once", "signal", true, "open", true]);
});

test("events that listeners cause come after the one they listen to", () => {
  const { socket, engine } = start();
  const events = log(socket);
  const order: string[] = [];
  socket.addEventListener("state", ({ state }) => {
    order.push(state.name);
    if (state.name === "open") engine.state("waiting", { cause: "refused" });
  });
  socket.addEventListener("state", ({ state }) => order.push(`${state.name} again`));
  engine.state("open");
  assert.deepEqual(order, ["open", "open again", "waiting", "waiting again"]);
  assert.deepEqual(events, ["open", "waiting", "error!"]);
});

test("a trap ends every socket whose engine is lost, and the next has a fresh one", async () => {
  engines.length = 0;
  const { socket: second } = start();
  const { socket: third } = start();
  const events = log(third);
  const errors: { error: TautlineError }[] = heard(third, "error");
  const engine = engines.at(-1) as FakeEngine;
  engine.state("open");
  engine.ask("url", 1);
  await settled();
  third.send("queued");
  const iterator = third[Symbol.asyncIterator]().next();
  const crash = new WebAssembly.RuntimeError("unreachable");
  trapNow(crash);
  assert.deepEqual(events, ["open", "closed", "error!", "close!", "drop!"]);
  assert.deepEqual(third.state, { name: "closed", why: "internal", cause: undefined });
  assert.ok(errors[0]?.error instanceof InternalError);
  assert.equal(errors[0].error.cause, crash);
  assert.equal(second.state.name, "closed");
  assert.equal((await iterator).done, true);
  assert.equal(third.send("late"), "dropped");
  await third.close();
  third.reconnect();
  const fresh = engines.at(-1) as FakeEngine;
  assert.notEqual(fresh, engine);
  fresh.state("open");
  assert.equal(third.state.name, "open");
});

test("logs carry state and cause, and neither tokens nor query strings", async () => {
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const logger = { debug: log, info: log, warn: log };
  const { engine } = start(
    { logger, auth: { message: () => ({ token: "hunter2" }), accept: () => true } },
    "wss://me:hunter2@example.com/live?token=hunter2",
  );
  engine.ask("url", 1);
  await settled();
  engine.host.dial(1);
  engine.ask("credentials", 1);
  await settled();
  engine.state("waiting", {
    attempt: 2,
    delay: 50,
    cause: "closed",
    code: 4401,
    reason: "hunter2",
  });
  engine.host.timer(1, 50);
  engine.host.receive("hunter2{");
  const all = lines.join("\n");
  assert.match(all, /dial wss:\/\/example\.com\/live\n/);
  assert.match(all, /"name":"waiting","attempt":2.*"kind":"closed","code":4401/);
  assert.match(all, /timer retry in 50 ms/);
  assert.match(all, /invalid: /);
  assert.doesNotMatch(all, /hunter2/);
});

test("a logger that throws is reported and stops nothing", () => {
  const error = new Error("logger");
  const { socket, engine } = start({
    logger: {
      info: () => {
        throw error;
      },
    },
  });
  engine.state("open");
  assert.equal(socket.state.name, "open");
  assert.deepEqual(reported, [error]);
});
