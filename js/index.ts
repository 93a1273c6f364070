export { bytes, type Codec, type Frame, json, type Raw, raw, text } from "./codec.js";
export { connect } from "./connect.js";
export type { Stats } from "./connection.js";
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
} from "./errors.js";
export type {
  ClosedEvent,
  DropEvent,
  FailureEvent,
  InvalidEvent,
  LatencyEvent,
  OpenEvent,
  SocketEventMap,
  StateEvent,
} from "./events.js";
export type {
  Auth,
  DeliverOptions,
  DialContext,
  Heartbeat,
  Logger,
  MessageIterator,
  MessagesOptions,
  OpenInfo,
  Options,
  Provider,
  RequestOptions,
  Requests,
  RestoreInfo,
  RestoreSend,
  RetryAction,
  RetryFunction,
  RetryPreset,
  RetryTable,
  SendOptions,
  WaitOptions,
} from "./options.js";
export type { SchemaIssue, StandardSchema } from "./schema.js";
export { type Scope, setScope } from "./scope.js";
export { Socket, type SocketListener } from "./socket.js";
export type { Cause, CauseKind, ClosedWhy, State } from "./state.js";
