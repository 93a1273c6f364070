import { TautlineError } from "../errors.js";
import type { StompHeaders } from "./options.js";
import type { REFUSALS, VIOLATIONS } from "./wire.js";

/** What is wrong, as one word. */
export type StompReason =
  /** The broker has sent ERROR: see `headers` and `body`. It has given up the connection, and a new one follows. */
  | "error"
  /** The broker broke the protocol, or a limit. The connection was closed with 4002, or 4009 for the limits. */
  | `violation: ${(typeof VIOLATIONS)[number]}`
  /**
   * `stale`: what it belongs to is over, a connection or a subscription; the broker delivers a message again, and has forgotten a
   * transaction. `header`: the version of the connection cannot write one of the headers. `unsupported`: it has no NACK.
   * `auto`: the subscription acknowledges by itself. `settled`: that message or transaction is over already.
   */
  | (typeof REFUSALS)[number]
  /** There is no connection that a transaction could belong to: see `opened()`. */
  | "not-open"
  /** Another subscription has this `id`. */
  | "id-taken";

/** What the broker or the protocol refuses (code `stomp`): see `reason`. */
export class StompError extends TautlineError {
  /** What is wrong, as one word. */
  readonly reason: StompReason;
  /** Those of ERROR, `message` among them. */
  readonly headers: StompHeaders;
  /** What ERROR says at length. */
  readonly body: string;

  /** @internal */
  constructor(reason: StompReason, headers: StompHeaders = {}, body = "") {
    super("stomp", undefined, `STOMP ${reason}${headers.message ? `: ${headers.message}` : ""}`);
    this.reason = reason;
    this.headers = headers;
    this.body = body;
  }
}
