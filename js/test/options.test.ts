import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import type { Shape } from "../check.js";
import { connect, OptionError, type Options, TautlineError } from "../index.js";
import { SHAPE } from "../message-settings.js";
import { OPTIONS, OVERFLOWS, PRESETS, RULES } from "../wire.js";
import { FakeWebSocket } from "./fakes.js";
import { ADDRESS, start } from "./start.js";

const given = (options: Options) => {
  const { engine } = start(options);
  // Node has a navigator from version 21 on.
  engine.options.delete(OPTIONS.indexOf("patientDials"));
  return Object.fromEntries([...engine.options].map(([option, value]) => [OPTIONS[option], value]));
};

const heartbeat = { ping: 1, isPong: () => true };

const ALWAYS = {
  heartbeatInterval: 0,
  overflow: OVERFLOWS.indexOf("reject"),
  auth: 0,
  restore: 0,
  tokenSource: 0,
  retryAsks: 0,
  preset: PRESETS.indexOf("none"),
  lostAt: 0,
  atLeastOnce: 0,
};

test("the engine keeps its defaults where nothing is given", () => {
  assert.deepEqual(given({}), ALWAYS);
});

test("every number reaches the engine at its own place", () => {
  const options: Options = {
    backoff: { initial: 1, max: 2 },
    connectTimeout: 3,
    maxAttempts: 4,
    maxElapsed: 5,
    heartbeat: {
      interval: 6,
      hiddenInterval: 7,
      expectEvery: 8,
      ping: "ping",
      isPong: () => true,
    },
    queue: { maxMessages: 9, maxBytes: 10, overflow: "drop-newest", ttl: 11 },
    maxMessageSize: 12,
    lifecycle: false,
    requireSecure: true,
    auth: { message: () => "token", accept: () => true, insecure: true },
    restore: () => {},
    protocols: () => "chat",
    retry: "centrifuge",
    logger: {},
    delivery: "at-least-once",
    confirmWithin: 13,
    requests: { id: () => 1, stamp: (message) => message, max: 14 },
  };
  assert.deepEqual(given(options), {
    backoffInitial: 1,
    backoffMax: 2,
    connectTimeout: 3,
    maxAttempts: 4,
    maxElapsed: 5,
    heartbeatInterval: 6,
    heartbeatHiddenInterval: 7,
    heartbeatExpectEvery: 8,
    maxMessages: 9,
    maxBytes: 10,
    overflow: OVERFLOWS.indexOf("drop-newest"),
    ttl: 11,
    maxMessageSize: 12,
    lifecycle: 0,
    requireSecure: 1,
    auth: 1,
    authInsecure: 1,
    restore: 1,
    tokenSource: 1,
    retryAsks: 0,
    preset: PRESETS.indexOf("centrifuge"),
    lostAt: 0,
    atLeastOnce: 1,
    confirmWithin: 13,
    maxRequests: 14,
  });
});

test("permission to send credentials openly is set after the step itself, which would withdraw it", () => {
  const { engine } = start({ auth: { message: () => 1, accept: () => true, insecure: true } });
  const order = [...engine.options.keys()];
  assert.ok(
    order.indexOf(OPTIONS.indexOf("auth")) < order.indexOf(OPTIONS.indexOf("authInsecure")),
  );
});

test("a heartbeat pings every 25 s, unless only the server pings", () => {
  assert.equal(given({ heartbeat: { ping: 1, isPong: () => true } }).heartbeatInterval, 25_000);
  const passive = given({ heartbeat: { interval: 5, isPing: () => true } });
  assert.equal(passive.heartbeatInterval, 0);
});

test("Firefox is known by its name, as it holds dials back", () => {
  const patient = (userAgent: string) => {
    const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
    Object.defineProperty(globalThis, "navigator", { value: { userAgent }, configurable: true });
    try {
      return start().engine.options.get(OPTIONS.indexOf("patientDials"));
    } finally {
      if (before) Object.defineProperty(globalThis, "navigator", before);
      else Reflect.deleteProperty(globalThis, "navigator");
    }
  };
  assert.equal(patient("Mozilla/5.0 (X11; rv:153.0) Gecko/20100101 Firefox/153.0"), 1);
  assert.equal(patient("Mozilla/5.0 AppleWebKit/537.36 Chrome/156.0.0.0"), 0);
});

test("Infinity is no limit", () => {
  assert.deepEqual(given({ maxAttempts: Infinity, maxElapsed: Infinity }), ALWAYS);
});

test("a retry function is asked; a URL function is a source of tokens", () => {
  assert.equal(given({ retry: () => true }).retryAsks, 1);
  const { engine } = start({}, () => ADDRESS);
  assert.equal(engine.options.get(OPTIONS.indexOf("tokenSource")), 1);
});

test("a retry table becomes rules, single codes first", () => {
  const { engine } = start({
    retry: {
      "4500-4599": false,
      4000: 5_000,
      4001: 0,
      1000: true,
      "4100-4199": "spread",
      4200: "unauthorized",
    },
  });
  const rule = (name: (typeof RULES)[number]) => RULES.indexOf(name);
  assert.deepEqual(engine.of("rule"), [
    [1000, 1000, rule("jitter"), 0],
    [4000, 4000, rule("delay"), 5_000],
    [4001, 4001, rule("delay"), 0],
    [4200, 4200, rule("unauthorized"), 0],
    [4500, 4599, rule("final"), 0],
    [4100, 4199, rule("spread"), 0],
  ]);
});

const auth = { message: () => 1, accept: () => true };
const WRONG: [options: unknown, option: string, got: string, expected: string][] = [
  [null, "options", "nothing", "an object"],
  [["chat"], "options", "object", "subprotocols go into { protocols }"],
  [{ schemas: {} }, "options.schemas", "object", "only protocols, backoff,"],
  [{ token: "secret" }, "options.token", "string", "only "],
  [{ schema: "zod" }, "options.schema", "string", "a Standard Schema"],
  [{ schema: { parse() {} } }, "options.schema", "object", "a Standard Schema"],
  [{ schema: { receive: {} } }, "options.schema", "object", "{ receive, send }"],
  [
    { delivery: "exactly-once" },
    "options.delivery",
    "exactly-once",
    "at-most-once or at-least-once",
  ],
  [{ delivery: "at-least-once" }, "options.delivery", "at-least-once", "heartbeat.ping and isPong"],
  [
    { delivery: "at-least-once", heartbeat: { isPing: () => true } },
    "options.delivery",
    "at-least-once",
    "heartbeat.ping and isPong",
  ],
  [
    { delivery: "at-least-once", heartbeat, queue: { maxMessages: 0 } },
    "options.delivery",
    "at-least-once",
    "room in queue",
  ],
  [{ confirmWithin: -1 }, "options.confirmWithin", "-1", "a number from 0"],
  [{ stamp: "id" }, "options.stamp", "string", "a function"],
  [{ requests: { id() {} } }, "options.requests.stamp", "nothing", "a function"],
  [{ requests: { stamp() {} } }, "options.requests.id", "nothing", "a function"],
  [{ requests: { id() {}, stamp() {}, max: -1 } }, "options.requests.max", "-1", "a number"],
  [{ requests: { id() {}, stamp() {}, timeout: 0 } }, "options.requests.timeout", "0", "a number"],
  [{ requests: { id() {}, stamp() {}, cancel: 1 } }, "options.requests.cancel", "1", "a function"],
  [{ auth: { ...auth, expiresIn: "1h" } }, "options.auth.expiresIn", "1h", "ms, or a function"],
  [{ constructor: 1 }, "options.constructor", "1", ""],
  [{ protocols: ["a", "a"] }, "options.protocols", "object", "distinct"],
  [{ protocols: "a b" }, "options.protocols", "string", "distinct"],
  [{ protocols: [5] }, "options.protocols", "object", "distinct"],
  [{ codec: { encode() {} } }, "options.codec", "object", "encode and decode"],
  [{ codec: null }, "options.codec", "nothing", "encode and decode"],
  [{ heartbeat: true }, "options.heartbeat", "true", "an object"],
  [{ heartbeat: {} }, "options.heartbeat", "object", "ping and isPong, or isPing"],
  [{ heartbeat: { ping: 1 } }, "options.heartbeat", "object", "ping and isPong, or isPing"],
  [{ heartbeat: { isPong() {} } }, "options.heartbeat", "object", "ping and isPong, or isPing"],
  [
    { heartbeat: { ...heartbeat, interval: 0 } },
    "options.heartbeat.interval",
    "0",
    "a number from 1",
  ],
  [
    { heartbeat: { ...heartbeat, intervall: 9 } },
    "options.heartbeat.intervall",
    "9",
    "only interval, ",
  ],
  [{ heartbeat: { ...heartbeat, isPing: 1 } }, "options.heartbeat.isPing", "1", "a function"],
  [{ auth: "secret" }, "options.auth", "string", "an object"],
  [{ auth: { message: auth.message } }, "options.auth.accept", "nothing", "a function"],
  [{ auth: { accept: auth.accept } }, "options.auth.message", "nothing", "a function"],
  [{ auth: { ...auth, message: "secret" } }, "options.auth.message", "string", "a function"],
  [{ auth: { ...auth, insecure: 1 } }, "options.auth.insecure", "1", "true or false"],
  [{ restore: true }, "options.restore", "true", "a function"],
  [{ backoff: { initial: "1" } }, "options.backoff.initial", "1", "a number"],
  [{ backoff: { max: Number.NaN } }, "options.backoff.max", "NaN", "a number"],
  [{ retry: "none" }, "options.retry", "none", "graphql-ws"],
  [{ retry: { 400: false } }, "options.retry.400", "false", "for a code or band"],
  [{ retry: { 4000: "never" } }, "options.retry.4000", "never", "true, false"],
  [{ retry: { 4000: -1 } }, "options.retry.4000", "-1", "true, false"],
  [
    { connectTimeout: Infinity },
    "options.connectTimeout",
    "Infinity",
    "a number from 1 to 2 ** 31 - 1",
  ],
  [{ maxAttempts: 0 }, "options.maxAttempts", "0", "or Infinity"],
  [{ maxElapsed: -1 }, "options.maxElapsed", "-1", "or Infinity"],
  [{ queue: { maxMessages: -1 } }, "options.queue.maxMessages", "-1", "a number from 0"],
  [{ queue: { maxBytes: 2 ** 31 } }, "options.queue.maxBytes", "2147483648", "a number from 0"],
  [
    { queue: { overflow: "wait" } },
    "options.queue.overflow",
    "wait",
    "reject,drop-oldest,drop-newest",
  ],
  [{ queue: { ttl: 0 } }, "options.queue.ttl", "0", "a number from 1"],
  [{ maxMessageSize: 1n }, "options.maxMessageSize", "1", "a number"],
  [{ highWaterMark: Symbol("x") }, "options.highWaterMark", "Symbol(x)", "a number"],
  [{ lifecycle: "no" }, "options.lifecycle", "no", "true or false"],
  [{ autoConnect: 0 }, "options.autoConnect", "0", "true or false"],
  [{ requireSecure: 1 }, "options.requireSecure", "1", "true or false"],
  [{ signal: new AbortController() }, "options.signal", "object", "an AbortSignal"],
  [{ WebSocket: {} }, "options.WebSocket", "object", "a WebSocket class"],
  [{ logger: "console" }, "options.logger", "string", "an object like console"],
  [{ logger: () => {} }, "options.logger", "function", "an object like console"],
  [{ retry: { "4599-4500": false } }, "options.retry.4599-4500", "false", "for a code or band"],
];

for (const [options, option, got, expected] of WRONG) {
  test(`${option} of ${got} is refused`, () => {
    const wrong = options as Options;
    const plain = options && !Array.isArray(options);
    const all = plain ? { WebSocket: FakeWebSocket, ...wrong } : options;
    assert.throws(
      () => connect(ADDRESS, all as Options),
      (error) =>
        error instanceof OptionError &&
        error.code === "option" &&
        error.message.startsWith(`${option}: got ${got}, expected `) &&
        error.message.includes(expected),
    );
  });
}

test("a missing WebSocket class is named, with where to get one", () => {
  const platform = globalThis.WebSocket;
  Object.assign(globalThis, { WebSocket: undefined });
  try {
    assert.throws(() => connect(ADDRESS), /options\.WebSocket: got nothing.*package ws/);
  } finally {
    Object.assign(globalThis, { WebSocket: platform });
  }
});

test("the README's table has every option, and no other", async () => {
  const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");
  const [, table = ""] =
    /<!-- options:begin[\s\S]*?-->([\s\S]*?)<!-- options:end -->/.exec(readme) ?? [];
  const named = Array.from(table.matchAll(/^\| `([^`]+)` \|/gm), ([, name]) => name);
  const names = (shape: Shape, path = ""): string[] =>
    Object.entries(shape).flatMap(([name, rule]) =>
      Array.isArray(rule) ? path + name : names(rule as Shape, `${path}${name}.`),
    );
  assert.deepEqual(named.sort(), names(SHAPE).sort());
  // Those that the facade knows; the engine's are compared in tests/wire.rs.
  assert.match(table, /`heartbeat\.interval` \| 25000 \|/);
  const { engine } = start({ heartbeat });
  assert.equal(engine.options.get(OPTIONS.indexOf("heartbeatInterval")), 25_000);
  assert.match(table, /`requests\.timeout` \| 30000 \|/);
});

test("undefined counts as not given", () => {
  const nothing = { queue: undefined, heartbeat: undefined, connectTimeout: undefined } as never;
  assert.deepEqual(given(nothing), ALWAYS);
});

test("errors are classes with a code and never show what may be a token", () => {
  const secret = "hunter2";
  for (const options of [{ auth: secret }, { token: secret }, { protocols: `${secret} x` }]) {
    assert.throws(
      () => connect(ADDRESS, options as Options),
      (error: TautlineError) => error instanceof TautlineError && !error.message.includes(secret),
    );
  }
});
