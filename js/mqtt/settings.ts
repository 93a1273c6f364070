import { isObject, type Rule, type Shape } from "../check.js";
import { OptionError } from "../errors.js";
import {
  anything,
  BASE,
  type BaseSettings,
  CLOSE,
  callable,
  count,
  flag,
  isCount,
  isFunction,
  isMillis,
  MESSAGES,
  millis,
  settleBase,
  WAIT,
} from "../settings.js";
import type { MqttOptions } from "./options.js";

export type MqttSettings = MqttOptions & BaseSettings;

const text: Rule = [(value) => typeof value === "string", "text"];
const span: Rule = [(value) => value === Infinity || isCount(value), "ms, or Infinity", 1];
const short: Rule = [
  (value) => isMillis(value) && (value as number) < 65_536,
  "a number from 1 to 65,535",
  1,
];
const oneOf = (...values: unknown[]): Rule => [
  (value) => values.includes(value),
  `one of ${values.join(", ")}`,
  1,
];
const qos = oneOf(0, 1, 2);
const pairs: Rule = [
  (value) =>
    Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.length === 2),
  "a list of [name, value]",
];
const isData = (value: unknown) => (value as ArrayBuffer | undefined)?.byteLength !== undefined;
const data: Rule = [isData, "binary data"];
const codec: Rule = [
  (value) =>
    isFunction((value as MqttOptions)?.["encode" as never]) &&
    isFunction((value as MqttOptions)["decode" as never]),
  "encode and decode",
];

const MESSAGE: Shape = {
  contentType: text,
  responseTopic: text,
  correlationData: data,
  payloadFormat: oneOf("text", "bytes"),
  userProperties: pairs,
  qos,
  retain: flag(),
  messageExpiry: span,
};

const SHAPE: Shape = {
  ...BASE,
  protocolVersion: oneOf(5, 4),
  clientId: text,
  cleanStart: flag(),
  sessionExpiry: span,
  keepAlive: count(),
  heartbeat: { interval: millis(5), hiddenInterval: millis(6) },
  will: {
    ...MESSAGE,
    topic: text,
    payload: [(value) => typeof value === "string" || isData(value), "text or binary data"],
    delay: count(),
  },
  credentials: [isObject, "{ username, password }, or a function"],
  auth: { method: text, start: callable, answer: callable },
  insecure: flag(16),
  receiveMaximum: short,
  sendMaximum: short,
  maximumPacketSize: millis(),
  topicAliasMaximum: [(value) => value === 0 || short[0](value), "a number from 0 to 65,535", 1],
  userProperties: pairs,
  followRedirects: flag(),
  acknowledge: oneOf("auto", "manual"),
  codecs: [isObject, "codecs by topic filter"],
  store: [
    (value) => isFunction((value as { load?: unknown })?.load),
    "a store, such as indexedDb(name)",
  ],
};

export const PUBLISH: Shape = { ...MESSAGE, ...WAIT, codec };
export const REQUEST: Shape = { ...PUBLISH, replyCodec: codec };
export const SUBSCRIBE: Shape = {
  ...MESSAGES,
  qos,
  noLocal: flag(),
  retainAsPublished: flag(),
  retainHandling: oneOf("send", "send-if-new", "do-not-send"),
  userProperties: pairs,
  codec,
  signal: WAIT.signal as Rule,
  overflow: oneOf("error", "drop-oldest", "latest"),
};
export const FAREWELL: Shape = { ...CLOSE, withWill: flag(), sessionExpiry: span };
export const CREDENTIALS: Shape = { username: text, password: anything };

/** Checks everything at once. */
export function settle(url: unknown, options: MqttOptions): MqttSettings {
  const all = settleBase(url, options, SHAPE);
  const { auth, will, credentials, numbers } = all;
  if (will && !will.topic) throw new OptionError("options.will.topic", will.topic, "a topic");
  if (auth && !auth.method) throw new OptionError("options.auth.method", auth.method, "a name");
  if (all.protocolVersion === 4 && all.cleanStart === false && !all.clientId) {
    throw new OptionError("options.clientId", all.clientId, "a name, for a session that is kept");
  }
  // Places in OPTIONS of wire.ts: credentials are for encrypted connections.
  if (credentials || auth) numbers[15] = 1;
  return { ...all, protocols: all.protocols ?? "mqtt" };
}
