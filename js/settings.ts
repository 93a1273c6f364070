// Options, checked once and turned into what the engine takes: numbers by index, and retry rules.

import { check, isObject, type Rule, type Shape } from "./check.js";
import { type Codec, json } from "./codec.js";
import { OptionError } from "./errors.js";
import type { Options } from "./options.js";
import type { StandardSchema } from "./schema.js";
import { scope } from "./scope.js";
import { OVERFLOWS, PRESETS, RULES } from "./wire.js";

/** A retry rule as the engine takes it. */
export type RetryRule = readonly [from: number, to: number, action: number, delay: number];

/** Options as the socket uses them. */
export type Settings = Options & {
  readonly codec: Codec;
  readonly WebSocket: NonNullable<Options["WebSocket"]>;
  /** The engine's options that are not left at its defaults, by their places in OPTIONS; with holes. */
  readonly numbers: readonly number[];
  readonly rules: readonly RetryRule[];
  /** Whether messages are delivered at least once. */
  readonly repeats: boolean;
  /** Whether connections are streams of the browser's, which put backpressure on the server. */
  readonly streams: boolean;
  readonly receives: StandardSchema | undefined;
  readonly sends: StandardSchema | undefined;
};

/** Checks everything at once, so that a mistake shows where it was made and not at the third retry. */
export function settle(url: unknown, options: Options): Settings {
  const numbers: number[] = [];
  if (Array.isArray(options) || typeof options === "string") {
    throw new OptionError("options", options, "an object: subprotocols go into { protocols }");
  }
  const { codec = json() as Codec, WebSocket = platformClass() } = { ...options };
  const auth = withNeeded(options?.auth, "message", "accept");
  const requests = withNeeded(options?.requests, "id", "stamp");
  const all = { ...options, codec, WebSocket, auth, requests } as Options;
  check(isObject(options) ? all : options, SHAPE, "options", numbers);
  if (!WebSocket) {
    throw new OptionError(
      "options.WebSocket",
      WebSocket,
      "a WebSocket class: there is none here, pass that of the package ws",
    );
  }
  const { heartbeat, retry, queue, protocols, restore, schema, delivery } = all;
  const pings = heartbeat?.ping !== undefined;
  if (heartbeat && (pings ? !heartbeat.isPong : !heartbeat.isPing || heartbeat.isPong)) {
    throw new OptionError("options.heartbeat", heartbeat, "ping and isPong, or isPing");
  }
  const repeats = delivery === "at-least-once";
  if (repeats && !(pings && queue?.maxMessages !== 0)) {
    throw new OptionError(
      "options.delivery",
      delivery,
      "heartbeat.ping and isPong, and room in queue",
      1,
    );
  }
  // The numbers are places in OPTIONS of wire.ts; a test holds them together.
  numbers[5] = pings ? (heartbeat.interval ?? 25_000) : 0;
  numbers[10] = OVERFLOWS.indexOf(queue?.overflow ?? "reject");
  numbers[15] = +!!auth;
  numbers[17] = +!!restore;
  numbers[18] = +(isFunction(url) || isFunction(protocols));
  numbers[19] = +isFunction(retry);
  numbers[20] = Math.max(0, PRESETS.indexOf(retry as never));
  numbers[22] = +/Firefox\//.test(scope.navigator?.userAgent as string);
  numbers[23] = +repeats;
  const rules = isObject(retry) && !isFunction(retry) ? readRules(retry) : [];
  const { receive: receives, send: sends } = (
    isSchema(schema) ? { receive: schema } : { ...schema }
  ) as { receive?: StandardSchema; send?: StandardSchema };
  // A class of the user's own is a class of sockets.
  const streams = all.transport === "stream" && !options.WebSocket && !!scope.WebSocketStream;
  return { ...all, codec, WebSocket, numbers, rules, repeats, streams, receives, sends };
}

/** The platform's class, even where that of `tautline/websocket` has taken its place: sockets must not be made of sockets. */
const platformClass = () => {
  const found = scope.WebSocket as Settings["WebSocket"] & { native?: Settings["WebSocket"] };
  return found?.native ?? found;
};

/** null where something is missing that has to be there: undefined would pass. */
const withNeeded = (part: unknown, ...names: string[]): unknown =>
  isObject(part)
    ? Object.assign(Object.fromEntries(names.map((name) => [name, null])), part)
    : part;

const isSchema = (value: unknown): value is StandardSchema =>
  isFunction((value as StandardSchema | undefined)?.["~standard"]?.validate);

const isFunction = (value: unknown): value is (...args: never[]) => unknown =>
  typeof value === "function";

// The longest time a browser's timer can be set to is 25 days.
const isMillis = (value: unknown) => typeof value === "number" && value >= 1 && value < 2 ** 31;
export const isCount = (value: unknown): value is number => value === 0 || isMillis(value);

const millis = (option?: number): Rule => [isMillis, "a number from 1 to 2 ** 31 - 1", 1, option];
const count = (option?: number): Rule => [isCount, "a number from 0 to 2 ** 31 - 1", 1, option];
const limit = (option: number): Rule => [
  (value) => value === Infinity || isMillis(value),
  "a number from 1, or Infinity",
  1,
  option,
];
const flag = (option?: number): Rule => [
  (value) => typeof value === "boolean",
  "true or false",
  1,
  option,
];
const callable: Rule = [isFunction, "a function"];
const anything: Rule = [() => true, ""];

/** Whether a value names subprotocols as the WebSocket constructor takes them. */
const areProtocols = (value: unknown): boolean => {
  const names = [value].flat();
  return (
    new Set(names).size === names.length &&
    names.every((name) => typeof name === "string" && /^[!#-'*+.^-z|~\dA-Z-]+$/.test(name))
  );
};

const signal: Rule = [
  (value) => isFunction((value as AbortSignal)?.throwIfAborted),
  "an AbortSignal",
];

export const SHAPE: Shape = {
  protocols: [
    (value) => isFunction(value) || areProtocols(value),
    "distinct subprotocol names, or a function",
  ],
  codec: [
    (value) => isFunction((value as Codec)?.encode) && isFunction((value as Codec).decode),
    "encode and decode",
  ],
  heartbeat: {
    interval: millis(),
    hiddenInterval: millis(6),
    expectEvery: millis(7),
    ping: anything,
    isPong: callable,
    isPing: callable,
    pong: anything,
  },
  auth: {
    message: callable,
    accept: callable,
    expiresIn: [(value) => isFunction(value) || isMillis(value), "ms, or a function", 1],
    insecure: flag(16),
  },
  requests: {
    id: callable,
    stamp: callable,
    cancel: callable,
    max: count(25),
    timeout: millis(),
  },
  schema: [
    (value) =>
      isSchema(value) ||
      (isObject(value) &&
        Object.keys(value).every((name) => name === "receive" || name === "send") &&
        Object.values(value).every((part) => part === undefined || isSchema(part))),
    "a Standard Schema, or { receive, send }",
  ],
  delivery: [
    (value) => value === "at-most-once" || value === "at-least-once",
    "at-most-once or at-least-once",
    1,
  ],
  confirmWithin: count(24),
  stamp: callable,
  restore: callable,
  backoff: { initial: millis(0), max: millis(1) },
  retry: [
    (value) => isObject(value) || PRESETS.indexOf(value as never) > 0,
    `a table, a function, or one of ${PRESETS.slice(1)}`,
    1,
  ],
  connectTimeout: millis(2),
  maxAttempts: limit(3),
  maxElapsed: limit(4),
  queue: {
    maxMessages: count(8),
    maxBytes: count(9),
    overflow: [(value) => OVERFLOWS.includes(value as never), `one of ${OVERFLOWS}`, 1],
    ttl: millis(11),
  },
  maxMessageSize: millis(12),
  transport: [(value) => value === "socket" || value === "stream", "socket or stream", 1],
  highWaterMark: millis(),
  overflow: [
    (value) => /^(error|drop-oldest|block)$/.test(value as string),
    "error, drop-oldest or block",
    1,
  ],
  lifecycle: flag(13),
  autoConnect: flag(),
  requireSecure: flag(14),
  signal,
  WebSocket: [isFunction, "a WebSocket class"],
  logger: [(value) => isObject(value) && !isFunction(value), "an object like console"],
};

/** What methods take. */
export const SEND: Shape = { ttl: millis(), key: anything };
export const CLOSE: Shape = { drain: count() };
export const WAIT: Shape = { timeout: millis(), signal };
export const DELIVER: Shape = {
  ...SEND,
  ...WAIT,
  until: [(value) => value === "sent" || value === "confirmed", "sent or confirmed", 1],
};
export const REQUEST: Shape = { ...WAIT, idempotent: flag() };
export const MESSAGES: Shape = {
  highWaterMark: millis(),
  overflow: [
    (value) => /^(error|drop-oldest|latest|block)$/.test(value as string),
    "error, drop-oldest, latest or block",
    1,
  ],
  key: callable,
};

/** Reads `{ 1000: false, "4500-4599": 5_000 }`. Single codes come first, as JavaScript orders them. */
function readRules(table: object): RetryRule[] {
  return Object.entries(table).map(([codes, value]) => {
    const [, from, to = from] = /^(\d{4})(?:-(\d{4}))?$/.exec(codes) ?? [];
    const name =
      value === true ? "jitter" : value === false ? "final" : isCount(value) ? "delay" : value;
    const action = RULES.indexOf(name);
    if (!from || +from > +(to as string) || action < 0) {
      throw new OptionError(
        `options.retry.${codes}`,
        value,
        "true, false, ms, spread or unauthorized for a code or band",
        1,
      );
    }
    return [+from, +(to as string), action, isCount(value) ? value : 0];
  });
}
