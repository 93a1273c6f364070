import type { Frame, Raw } from "./codec.js";
import type { CodecError, DropError, SchemaError, TautlineError } from "./errors.js";
import type { OpenInfo } from "./options.js";
import type { Cause, ClosedWhy, State } from "./state.js";

/** The state changed. `state.cause` tells of a break. */
export interface StateEvent extends Event {
  readonly state: State;
  readonly previous: State;
}

/** The socket is open, for the first time or again. */
export interface OpenEvent extends Event, OpenInfo {}

/** A frame did not decode, does not fit the schema, or is a reply that nobody waits for. The connection goes on. */
export interface InvalidEvent extends Event {
  /** The frame. */
  readonly data: Frame;
  /** Why: see `error.code`, and for what the codec threw `error.cause`. */
  readonly error: CodecError | SchemaError | TautlineError;
}

/**
 * A message will not be sent. Where a listener of this event sends again and that is dropped at once, only the
 * return value of `send` tells.
 */
export interface DropEvent<Out = unknown> extends Event {
  readonly message: Out | Raw;
  /** Why: see `error.code`. */
  readonly error: DropError | CodecError | SchemaError;
}

/** A round trip was measured. */
export interface LatencyEvent extends Event {
  /** In ms. */
  readonly latency: number;
}

/** An attempt failed, or something else went wrong that the application may want to know. */
export interface FailureEvent extends Event {
  readonly error: TautlineError;
}

/** The socket is closed for good, until reconnect(). */
export interface ClosedEvent extends Event {
  readonly why: ClosedWhy;
  /** What ended the last connection or attempt. */
  readonly cause: Cause | undefined;
  /** As in the browser's own close event; 1006 where there was none. */
  readonly code: number;
  readonly reason: string;
  readonly wasClean: boolean;
}

/** The events of a socket, by type. */
export interface SocketEventMap<Out = unknown, In = unknown> {
  state: StateEvent;
  open: OpenEvent;
  message: MessageEvent<In>;
  invalid: InvalidEvent;
  drop: DropEvent<Out>;
  latency: LatencyEvent;
  error: FailureEvent;
  close: ClosedEvent;
}

/**
 * Every event but `message` is one of these, with the members of its type.
 *
 * @internal
 */
export class SocketEvent extends Event {
  declare readonly error?: TautlineError;
  declare readonly state?: State;

  constructor(type: string, members: object) {
    super(type);
    Object.assign(this, members);
  }
}

/**
 * What user code threw where nobody can catch it goes where uncaught errors go.
 *
 * @internal
 */
export function report(error: unknown): void {
  (globalThis.reportError ?? console.error)(error);
}
