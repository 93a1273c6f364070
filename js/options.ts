import type { Codec, Frame, Raw } from "./codec.js";
import type { Cause } from "./state.js";

/** What a provider is told about the attempt it is asked for. */
export interface DialContext {
  /** Retries in a row so far, see `maxAttempts`; 0 at the first dial. */
  readonly attempt: number;
  /** What ended the last connection or attempt. */
  readonly lastClose: Cause | undefined;
  /** Aborts when the attempt is given up; an answer is then ignored. */
  readonly signal: AbortSignal;
}

/** A value, or a function called anew for each attempt. Where it throws, rejects or hangs, the attempt failed. */
export type Provider<T> = T | ((context: DialContext) => T | PromiseLike<T>);

/**
 * How a dead connection is noticed. Browsers cannot send ping frames, so pings are messages that the
 * server understands. Give `ping` and `isPong`, or `isPing` (usually with `pong` and `expectEvery`), or all.
 *
 * The functions also see frames that did not decode: `message` is undefined then, `frame` is the raw data,
 * and throwing counts as no. Frames they claim reach no listener.
 */
export interface Heartbeat<Out = unknown, In = unknown> {
  /** Ping after this much silence, in ms. Default 25,000. Any received message counts as life. */
  interval?: number;
  /** The same while the page is hidden, in ms. Default 50,000. */
  hiddenInterval?: number;
  /** The ping, or a function that makes it from the ping's id. */
  ping?: NoInfer<Out> | Raw | ((id: number) => NoInfer<Out> | Raw);
  /** Whether a message is the pong; the id of its ping if it carries one. */
  isPong?: (message: In, frame: Frame) => boolean | number;
  /** Whether a message is a ping of the server. */
  isPing?: (message: In, frame: Frame) => boolean;
  /** The answer to the server's ping, or a function that makes it. Default: none is sent. */
  pong?: NoInfer<Out> | Raw | ((ping: In) => NoInfer<Out> | Raw);
  /** How often the server pings, in ms: more silence than that is a dead connection. Default: not judged. */
  expectEvery?: number;
}

/** The first message after the handshake proves who we are. Nothing else leaves before the server's yes. */
export interface Auth<Out = unknown, In = unknown> {
  /** Makes the message with the credentials, anew for each connection. */
  message: (context: DialContext) => NoInfer<Out> | Raw | PromiseLike<NoInfer<Out> | Raw>;
  /**
   * Reads a reply: exactly true is yes, exactly false is no, anything else is no answer but a message like any other.
   * The reply that is a yes or a no reaches no listener: take from it here what the application needs.
   */
  accept: (reply: In, frame: Frame) => boolean | undefined;
  /** Sends credentials over plain `ws:` off loopback, too. Default false. */
  insecure?: boolean;
}

/** What a new connection follows on. */
export interface OpenInfo {
  /** Whether there was a connection before. */
  readonly reconnected: boolean;
  /** How long there was none, in ms. */
  readonly downtime: number;
  /** Messages handed to the last connection that no pong has confirmed. */
  readonly unconfirmed: number;
}

/** What the restore step is told. */
export interface RestoreInfo extends OpenInfo {
  /** Aborts when the attempt is given up. */
  readonly signal: AbortSignal;
}

/** Sends a message during the restore step, before the queue. `"dropped"` when the attempt was given up. */
export type RestoreSend<Out> = (message: Out | Raw) => "sent" | "dropped";

/** What to do after a close: jitter (true), nothing (false), a delay in ms, or another row of the table. */
export type RetryAction = boolean | number | "spread" | "unauthorized";

/** Actions by close code or band of codes, such as `{ 1000: false, "4500-4599": 5_000 }`. */
export type RetryTable = { readonly [codes: string]: RetryAction };

/** Decides for each break: true retries with jitter, false stops, a number is a delay in ms, undefined leaves it to the table. */
export type RetryFunction = (close: Cause, attempt: number) => boolean | number | undefined;

/** The rules of a well-known server. */
export type RetryPreset = "graphql-ws" | "pusher" | "centrifuge" | "y-websocket";

/** Takes log lines: `console` will do. They hold no tokens and no query strings. */
export interface Logger {
  debug?(line: string): void;
  info?(line: string): void;
  warn?(line: string): void;
}

/** What {@link connect} takes. Everything is optional; times are milliseconds; wrong values throw {@link OptionError}. */
export interface Options<Out = unknown, In = unknown> {
  /** Subprotocols to offer, the preferred first. Default none. The server must select one of them. */
  protocols?: Provider<string | readonly string[] | undefined>;
  /** How messages become frames. Default `json()`. */
  codec?: Codec<Out, In>;
  /** How a dead connection is noticed. Default: not before the browser does, which can take many minutes. */
  heartbeat?: Heartbeat<Out, In>;
  /** The authentication step. Default none. */
  auth?: Auth<Out, In>;
  /**
   * Runs on each connection, the first too, after authentication and before the queue: subscribe, ask for what was
   * missed. A promise is awaited, while messages reach the listeners already. Where it fails, the attempt did.
   */
  restore?: (send: RestoreSend<Out>, info: RestoreInfo) => unknown | PromiseLike<unknown>;
  /** The n-th retry waits a random time up to `initial · 2ⁿ` (4,000 ms), at most `max` (30,000 ms). */
  backoff?: { initial?: number; max?: number };
  /** Which closes are followed by a retry, before the built-in table has its say. */
  retry?: RetryTable | RetryFunction | RetryPreset;
  /** For provider, handshake, authentication and restore together, in ms. Default 10,000. */
  connectTimeout?: number;
  /**
   * Retries in a row before giving up. Default Infinity. A connection ends the row when it has lasted 10 s, or has
   * received a message after accepted authentication: opening alone does not.
   */
  maxAttempts?: number;
  /** Time without a connection before giving up, in ms. Default Infinity. */
  maxElapsed?: number;
  /** Bounds of what waits while there is no connection. */
  queue?: {
    /** Messages held at most; 0 queues nothing. Default 1,024. */
    maxMessages?: number;
    /** Bytes held at most (UTF-16 units for text). Default 1,048,576. */
    maxBytes?: number;
    /** What gives way when a message does not fit. Default `"reject"`: the new one. */
    overflow?: "reject" | "drop-oldest" | "drop-newest";
    /** How long a message may wait, in ms. Default: for ever. */
    ttl?: number;
  };
  /** Larger frames end the connection with code 4009. In bytes, UTF-16 units for text. Default 134,217,728. */
  maxMessageSize?: number;
  /** Messages an async iterator holds for a slow consumer before it rejects with `overrun`. Default 1,024. */
  highWaterMark?: number;
  /** Whether page, network and sleep signals are acted on. Default true. */
  lifecycle?: boolean;
  /**
   * Whether connect() dials at once. Default true; otherwise {@link Socket.open} does. A socket is kept in memory until
   * it is closed, opened or not.
   */
  autoConnect?: boolean;
  /** Refuses `ws:`, loopback excepted. Default false. */
  requireSecure?: boolean;
  /** Closes the socket for good when it aborts. */
  signal?: AbortSignal;
  /** The WebSocket class. Default `globalThis.WebSocket`; Node before 22 has none. */
  WebSocket?: new (
    url: string,
    protocols: string[],
  ) => unknown;
  /** Where log lines go. Default nowhere. */
  logger?: Logger;
}

/** What a single send may ask for. */
export interface SendOptions {
  /** How long the message may wait in the queue, in ms. Default `queue.ttl`. */
  ttl?: number;
  /** A newer message with the same key replaces this one while it is queued. */
  key?: string | number;
}
