/** What ended a connection or an attempt, with the browser's close event where there was one. */
export interface SocketCause {
  readonly kind:
    | "closed"
    | "refused"
    | "connect-timeout"
    | "heartbeat"
    | "provider"
    | "unauthorized"
    | "restore"
    | "sleep"
    | "too-large"
    | "protocol"
    | "insecure"
    | "reconnect"
    | "page-hide"
    | "paused"
    | "user";
  /** The close code; 1005 for none, 1006 for a broken connection. */
  readonly code?: number;
  /** The server's reason. */
  readonly reason?: string;
  /** Whether the closing handshake completed. */
  readonly wasClean?: boolean;
}

/** Where a socket stands. `name` tells the rest. */
export type SocketState =
  | { readonly name: "idle" | "connecting" | "authenticating" | "restoring" }
  /** Messages flow. */
  | { readonly name: "open" }
  /** The next dial, the retry number `attempt` in a row, is due at `until`, in epoch ms. */
  | {
      readonly name: "waiting";
      readonly attempt: number;
      readonly until: number;
      readonly cause: SocketCause;
    }
  /** On hold: in the back/forward cache, or by pause(). */
  | { readonly name: "suspended"; readonly why: "frozen" | "paused" }
  /** The closing handshake is under way. */
  | { readonly name: "closing" }
  /** Over, until reconnect(). */
  | {
      readonly name: "closed";
      readonly why:
        | "user"
        | "final"
        | "unauthorized"
        | "exhausted"
        | "peer"
        | "insecure"
        | "internal"
        | "aborted";
      readonly cause: SocketCause | undefined;
    };

/** What went wrong, with a word to switch over. */
export interface SocketError extends Error {
  readonly code:
    | "option"
    | "refused"
    | "connect-timeout"
    | "unauthorized"
    | "protocol"
    | "insecure"
    | "provider"
    | "restore"
    | "encode"
    | "decode"
    | "unmatched"
    | "too-large"
    | "queue-full"
    | "too-many-requests"
    | "expired"
    | "closed"
    | "replaced"
    | "timeout"
    | "unconfirmed"
    | "unanswered";
  /** Of a message: whether it had left. If so, the server may have received it, and if not, it has not and will not. */
  readonly sent?: boolean;
}

/** The state changed. */
export interface SocketStateChange {
  readonly state: SocketState;
  readonly previous: SocketState;
}

/** What was received and is no message, or a reply that nobody waits for. The connection goes on. */
export interface SocketInvalid {
  /** The frame; undefined for a message that has no form in JavaScript, such as a number above 2 ** 53. */
  readonly data: string | ArrayBuffer | undefined;
  readonly error: SocketError;
}

/** A message will not be sent. */
export interface SocketDrop<Out> {
  readonly message: Out;
  readonly error: SocketError;
}

/** An attempt failed, or something else went wrong. The socket goes on by itself. */
export interface SocketFailure {
  readonly error: SocketError;
}

export interface SocketOptions {
  /** Subprotocols to offer, the preferred one first. */
  protocols?: string | readonly string[];
}

export interface SocketSendOptions {
  /** How long the message may wait in the queue, in ms. */
  ttl?: number;
  /** A newer message with the same key replaces this one while it is queued. */
  key?: string | number;
}

export interface SocketDeliverOptions extends SocketSendOptions {
  /** Resolve when the message is handed to the browser, or when a pong confirms it. Default `"sent"`. */
  until?: "sent" | "confirmed";
  /** In ms; then it rejects with `timeout`. Default: no limit. */
  timeout?: number;
}

export interface SocketRequestOptions {
  /** In ms; then it rejects with `timeout`. */
  timeout?: number;
  /** Whether it may be carried out twice: then it is sent again after a break. Default false: it rejects. */
  idempotent?: boolean;
}

export interface SocketCloseOptions {
  /** How long the queue may take to leave, in ms. Default 0. */
  drain?: number;
}

/** Figures since the socket was made. */
export interface SocketStats {
  /** Messages handed to native sockets; pings, pongs, credentials and the restore step not counted. */
  readonly messagesSent: number;
  /** Frames received, pongs and replies to credentials too. */
  readonly messagesReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Dials. */
  readonly attempts: number;
  /** Connections that opened after an earlier one. */
  readonly reconnects: number;
  /** In ms. */
  readonly connectedTime: number;
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** The last round trip of the heartbeat in ms, the median and the 95th percentile of the last 64. NaN when unknown. */
  readonly latency: number;
  readonly latencyP50: number;
  readonly latencyP95: number;
  /** Messages handed to the current or last connection that no pong has confirmed. */
  readonly unconfirmed: number;
  /** What counts against the bounds of the queue: messages in it, and those kept until a pong confirms them. */
  readonly heldMessages: number;
  readonly heldBytes: number;
}
