// Options of any conversation, checked once and turned into what the engine takes: numbers by index, and retry rules.

import { check, isObject, type Rule, type Shape } from "./check.js";
import { OptionError } from "./errors.js";
import type { BaseOptions } from "./options.js";
import { scope } from "./scope.js";
import { OVERFLOWS, RULES } from "./wire.js";

/** A retry rule as the engine takes it. */
export type RetryRule = readonly [from: number, to: number, action: number, delay: number];

/** Options as a conversation uses them. */
export type BaseSettings = Omit<BaseOptions, "retry"> & {
  readonly retry?: unknown;
  readonly WebSocket: NonNullable<BaseOptions["WebSocket"]>;
  /** The engine's options that are not left at its defaults, by their places in OPTIONS; with holes. */
  readonly numbers: number[];
  readonly rules: readonly RetryRule[];
  /** Whether connections are streams of the browser's, which put backpressure on the server. */
  readonly streams?: boolean;
};

/**
 * Checks everything at once, so that a mistake shows where it was made and not at the third retry. `more` stands in the
 * place of options that are missing or wrong in a way that `shape` refuses.
 */
export function settleBase<O extends Omit<BaseOptions, "retry"> & { retry?: unknown }>(
  url: unknown,
  options: O,
  shape: Shape,
  more: { [K in keyof O]?: O[K] | undefined } = {},
): O & BaseSettings {
  const numbers: number[] = [];
  if (Array.isArray(options) || typeof options === "string") {
    throw new OptionError("options", options, "an object: subprotocols go into { protocols }");
  }
  const { WebSocket = platformClass() } = { ...options };
  const all = { ...options, ...more, WebSocket };
  check(isObject(options) ? all : options, shape, "options", numbers);
  if (!WebSocket) {
    throw new OptionError(
      "options.WebSocket",
      WebSocket,
      "a WebSocket class: there is none here, pass that of the package ws",
    );
  }
  const { retry, queue, protocols } = all;
  // The numbers are places in OPTIONS of wire.ts; a test holds them together.
  numbers[10] = OVERFLOWS.indexOf(queue?.overflow ?? "reject");
  numbers[18] = +(isFunction(url) || isFunction(protocols));
  numbers[19] = +isFunction(retry);
  numbers[22] = +/Firefox\//.test(scope.navigator?.userAgent as string);
  const rules = isObject(retry) && !isFunction(retry) ? readRules(retry) : [];
  return { ...(all as O & { WebSocket: Class }), numbers, rules };
}

type Class = BaseSettings["WebSocket"];

/** The platform's class, even where that of `tautline/websocket` has taken its place: sockets must not be made of sockets. */
const platformClass = () => {
  const found = scope.WebSocket as Class & { native?: Class };
  return found?.native ?? found;
};

export const isFunction = (value: unknown): value is (...args: never[]) => unknown =>
  typeof value === "function";

// The longest time a browser's timer can be set to is 25 days.
export const isMillis = (value: unknown) =>
  typeof value === "number" && value >= 1 && value < 2 ** 31;
export const isCount = (value: unknown): value is number => value === 0 || isMillis(value);

export const millis = (option?: number): Rule => [
  isMillis,
  "a number from 1 to 2 ** 31 - 1",
  1,
  option,
];
export const count = (option?: number): Rule => [
  isCount,
  "a number from 0 to 2 ** 31 - 1",
  1,
  option,
];
const limit = (option: number): Rule => [
  (value) => value === Infinity || isMillis(value),
  "a number from 1, or Infinity",
  1,
  option,
];
export const flag = (option?: number): Rule => [
  (value) => typeof value === "boolean",
  "true or false",
  1,
  option,
];
export const callable: Rule = [isFunction, "a function"];
export const anything: Rule = [() => true, ""];

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

/** What any conversation takes. */
export const BASE: Shape = {
  protocols: [
    (value) => isFunction(value) || areProtocols(value),
    "distinct subprotocol names, or a function",
  ],
  backoff: { initial: millis(0), max: millis(1) },
  retry: [isObject, "a table, or a function", 1],
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
  lifecycle: flag(13),
  autoConnect: flag(),
  requireSecure: flag(14),
  signal,
  WebSocket: [isFunction, "a WebSocket class"],
  logger: [(value) => isObject(value) && !isFunction(value), "an object like console"],
};

/** What methods take. */
export const CLOSE: Shape = { drain: count() };
export const WAIT: Shape = { timeout: millis(), signal };
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
