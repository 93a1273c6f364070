export type { Stats } from "../connection.js";
export {
  CodecError,
  ConnectError,
  DropError,
  type ErrorCode,
  InternalError,
  OptionError,
  ProviderError,
  SchemaError,
  TautlineError,
  WasmUnavailable,
} from "../errors.js";
export type {
  ClosedEvent,
  FailureEvent,
  LatencyEvent,
  OpenEvent,
  StateEvent,
} from "../events.js";
export type {
  BaseOptions,
  DialContext,
  Logger,
  MessageIterator,
  MessagesOptions,
  OpenInfo,
  Provider,
  RetryAction,
  RetryFunction,
  RetryTable,
  WaitOptions,
} from "../options.js";
export type { SchemaIssue, StandardSchema } from "../schema.js";
export { type Scope, setScope } from "../scope.js";
export type { Cause, CauseKind, ClosedWhy, State } from "../state.js";
export {
  type ConnackEvent,
  connectMqtt,
  MqttClient,
  type MqttDropEvent,
  type MqttEventMap,
  type MqttInvalidEvent,
  type MqttMessageEvent,
} from "./client.js";
export { bytes, checked, json, type PayloadCodec, text } from "./codec.js";
export { MqttError } from "./error.js";
export { MqttMessage } from "./message.js";
export type * from "./options.js";
export { indexedDb } from "./store.js";
export { Subscription } from "./subscription.js";
