import type { CAUSES, CLOSED_WHY, SUSPENDED } from "./wire.js";

/**
 * What ended a connection or an attempt: `closed` (by server or network), `refused`, `connect-timeout`,
 * `heartbeat`, `provider`, `unauthorized`, `restore`, `sleep`, `too-large`, `protocol`, `insecure`, `reconnect`,
 * `page-hide`, `paused` or `user`.
 */
export type CauseKind = Exclude<(typeof CAUSES)[number], "none">;

/** What ended a connection or an attempt, with the browser's close event where there was one. */
export interface Cause {
  readonly kind: CauseKind;
  /** The close code; 1005 for none, 1006 for a broken connection. */
  readonly code?: number;
  /** The server's reason. */
  readonly reason?: string;
  /** Whether the closing handshake completed. */
  readonly wasClean?: boolean;
}

/**
 * Why a socket is closed: `user` (close()), `final` (the server or a rule said so), `unauthorized` (a fresh token was
 * refused, too), `exhausted` (maxAttempts, maxElapsed), `peer` (it broke a limit thrice), `insecure`, `internal`, `aborted`.
 */
export type ClosedWhy = (typeof CLOSED_WHY)[number];

/** Where a socket stands. `name` tells the rest. */
export type State =
  /** Before open(), with `autoConnect: false`. */
  | { readonly name: "idle" }
  /** An attempt is under way; with the cause, where a break or reconnect() led straight here. */
  | { readonly name: "connecting"; readonly cause?: Cause }
  | { readonly name: "authenticating" }
  | { readonly name: "restoring" }
  /** Messages flow. */
  | { readonly name: "open" }
  /** The next dial, the retry number `attempt` in a row, is due at `until`, in epoch ms. */
  | {
      readonly name: "waiting";
      readonly attempt: number;
      readonly until: number;
      readonly cause: Cause;
    }
  /** On hold: in the back/forward cache, or by pause(). */
  | {
      readonly name: "suspended";
      readonly why: (typeof SUSPENDED)[number];
      readonly cause: Cause | undefined;
    }
  /** The closing handshake is under way. */
  | { readonly name: "closing" }
  /** Over, until reconnect(). */
  | { readonly name: "closed"; readonly why: ClosedWhy; readonly cause: Cause | undefined };
