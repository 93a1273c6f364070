export type { Codec } from "../codec.js";
export type { Stats } from "../connection.js";
export {
  ConnectError,
  DropError,
  type ErrorCode,
  InternalError,
  OptionError,
  ProviderError,
  TautlineError,
  WasmUnavailable,
} from "../errors.js";
export type {
  ClosedEvent,
  DropEvent,
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
  RetryTable,
  WaitOptions,
} from "../options.js";
export { type Scope, setScope } from "../scope.js";
export type { Cause, CauseKind, ClosedWhy, State } from "../state.js";
export {
  connectStomp,
  StompClient,
  type StompEventMap,
  type StompListener,
  type StompMessageEvent,
} from "./client.js";
export { StompError, type StompReason } from "./error.js";
export { StompMessage } from "./message.js";
export type {
  AckMode,
  FrameOptions,
  StompHeaders,
  StompOptions,
  StompSendOptions,
  StompVersion,
  SubscribeOptions,
} from "./options.js";
export { StompSubscription } from "./subscription.js";
export { Transaction } from "./transaction.js";
