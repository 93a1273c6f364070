import type { Frame, Heartbeat, Options } from "../index.js";

/** What {@link WebSocket} takes as its third argument. Names and defaults are those of tautline's `Options`. */
export interface WebSocketOptions
  extends Pick<
    Options<string | BufferSource | Blob, Frame>,
    | "autoConnect"
    | "backoff"
    | "connectTimeout"
    | "lifecycle"
    | "logger"
    | "maxAttempts"
    | "maxElapsed"
    | "maxMessageSize"
    | "queue"
    | "requireSecure"
    | "retry"
    | "signal"
    | "WebSocket"
  > {
  /**
   * Whether the socket comes back after a break. Default true. With `false`, every policy is off but those that are named
   * beside it, such as `heartbeat` and `lifecycle`; with `false` alone, the class does what the browser's own does.
   */
  reconnect?: boolean;
  /** How a dead connection is noticed; it ends with a `close` event of code 1006 at once. Default: not by us. */
  heartbeat?: Heartbeat<string | BufferSource, Frame>;
}
