// Options of a socket for plain messages.

import { isObject, type Shape } from "./check.js";
import { type Codec, json } from "./codec.js";
import { OptionError } from "./errors.js";
import type { Options } from "./options.js";
import type { StandardSchema } from "./schema.js";
import { scope } from "./scope.js";
import {
  anything,
  BASE,
  type BaseSettings,
  callable,
  count,
  flag,
  isFunction,
  isMillis,
  millis,
  settleBase,
  WAIT,
} from "./settings.js";
import { PRESETS } from "./wire.js";

/** Options as the socket uses them. */
export type Settings = Options &
  BaseSettings & {
    readonly codec: Codec;
    /** Whether messages are delivered at least once. */
    readonly repeats: boolean;
    readonly receives: StandardSchema | undefined;
    readonly sends: StandardSchema | undefined;
  };

/** See `settleBase`. */
export function settle(url: unknown, options: Options): Settings {
  const { codec = json() as Codec } = { ...options };
  const auth = withNeeded(options?.auth, "message", "accept");
  const requests = withNeeded(options?.requests, "id", "stamp");
  const all = settleBase(url, options, SHAPE, { codec, auth, requests }) as Settings;
  const { heartbeat, retry, queue, restore, schema, delivery, numbers } = all;
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
  numbers[15] = +!!auth;
  numbers[17] = +!!restore;
  numbers[20] = Math.max(0, PRESETS.indexOf(retry as never));
  numbers[23] = +repeats;
  const { receive: receives, send: sends } = (
    isSchema(schema) ? { receive: schema } : { ...schema }
  ) as { receive?: StandardSchema; send?: StandardSchema };
  // A class of the user's own is a class of sockets.
  const streams = all.transport === "stream" && !options.WebSocket && !!scope.WebSocketStream;
  return { ...all, repeats, streams, receives, sends };
}

/** null where something is missing that has to be there: undefined would pass. */
const withNeeded = <T>(part: T, ...names: string[]): T =>
  isObject(part)
    ? Object.assign(Object.fromEntries(names.map((name) => [name, null])), part)
    : part;

const isSchema = (value: unknown): value is StandardSchema =>
  isFunction((value as StandardSchema | undefined)?.["~standard"]?.validate);

export const SHAPE: Shape = {
  ...BASE,
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
  retry: [
    (value) => isObject(value) || PRESETS.indexOf(value as never) > 0,
    `a table, a function, or one of ${PRESETS.slice(1)}`,
    1,
  ],
  transport: [(value) => value === "socket" || value === "stream", "socket or stream", 1],
  highWaterMark: millis(),
  overflow: [
    (value) => /^(error|drop-oldest|block)$/.test(value as string),
    "error, drop-oldest or block",
    1,
  ],
};

/** What methods take. */
export const SEND: Shape = { ttl: millis(), key: anything };
export const DELIVER: Shape = {
  ...SEND,
  ...WAIT,
  until: [(value) => value === "sent" || value === "confirmed", "sent or confirmed", 1],
};
export const REQUEST: Shape = { ...WAIT, idempotent: flag() };
