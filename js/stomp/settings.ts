// Options of a STOMP client.

import { isObject, type Shape } from "../check.js";
import {
  BASE,
  type BaseSettings,
  callable,
  count,
  flag,
  isFunction,
  MESSAGES,
  settleBase,
  WAIT,
} from "../settings.js";
import type { StompOptions } from "./options.js";
import { ACKS, VERSIONS } from "./wire.js";

/** Options as the client uses them. */
export type StompSettings = Omit<StompOptions, "retry"> &
  BaseSettings & {
    /** The offered versions, by their places in VERSIONS. */
    readonly bits: number;
  };

export function settle(url: unknown, options: StompOptions): StompSettings {
  const { versions = VERSIONS, connectHeaders, insecure } = { ...options };
  const offered = [versions].flat();
  const protocols = [...offered].reverse().map((name) => `v${`${name}`.replace(".", "")}.stomp`);
  const all = settleBase(url, options as object, SHAPE, { protocols } as object) as StompSettings;
  const isSecret =
    isFunction(connectHeaders) ||
    "login" in { ...connectHeaders } ||
    "passcode" in { ...connectHeaders };
  // Its place in OPTIONS of ../wire.ts; a test holds them together.
  all.numbers[15] = +(isSecret && !insecure);
  const bits = offered.reduce((sum, name) => sum | (1 << VERSIONS.indexOf(name)), 0);
  return { ...all, bits };
}

const text = (value: unknown): value is string => typeof value === "string";

/** What can ask for a connection. */
const FRAMES = ["CONNECT", "STOMP"] as const;

/** Headers by name: texts. */
const headers = [
  (value: unknown) => isObject(value) && Object.values(value).every(text),
  "texts by name",
] as const;

const SHAPE: Shape = {
  ...BASE,
  versions: [
    (value) =>
      Array.isArray(value) && value.length > 0 && value.every((name) => VERSIONS.includes(name)),
    `a list of ${VERSIONS}`,
  ],
  connectHeaders: [
    (value) => isFunction(value) || headers[0](value),
    "texts by name, or a function",
  ],
  connectFrame: [(value) => FRAMES.includes(value as "STOMP"), `one of ${FRAMES}`],
  insecure: flag(),
  heartbeat: { outgoing: count(), incoming: count(), tolerance: count() },
  delivery: [
    (value) => value === "at-most-once" || value === "at-least-once",
    "at-most-once or at-least-once",
    1,
  ],
  queue: { maxMessages: count(8), maxBytes: count(9) },
  retry: [(value) => isObject(value) && !isFunction(value), "a table", 1],
  highWaterMark: MESSAGES.highWaterMark as Shape,
  overflow: MESSAGES.overflow as Shape,
};

const signal = WAIT.signal as Shape;

/** What methods take. */
export const SUBSCRIBE: Shape = {
  ...MESSAGES,
  ack: [(value) => ACKS.includes(value as "auto"), `one of ${ACKS}`, 1],
  headers,
  codec: [(value) => isFunction((value as { decode: unknown })?.decode), "decode"],
  signal,
};
export const FRAME: Shape = {
  ...WAIT,
  receipt: flag(),
  transaction: [(value) => isFunction((value as { alive: unknown })?.alive), "what begin() gave"],
};
export const SEND: Shape = {
  ...FRAME,
  headers,
  contentType: [text, "a text"],
  contentLength: flag(),
};
export const DESTINATION: Shape = { destination: [text, "a text"], listener: callable, headers };
