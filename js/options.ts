import type { Codec, Frame, Raw } from "./codec.js";
import type { StandardSchema } from "./schema.js";
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
  /**
   * How long the credentials hold, in ms from the yes, or a function that reads it from the reply that said yes. They are
   * then renewed on the open connection when a fifth to a tenth of that is left. Default: until `reauthenticate()`.
   */
  expiresIn?: number | ((reply: In, frame: Frame) => number | undefined);
  /** Sends credentials over plain `ws:` off loopback, too. Default false. */
  insecure?: boolean;
}

/** How requests and replies find each other. */
export interface Requests<Out = unknown, In = unknown> {
  /** The request that a message replies to; undefined where it is no reply. Replies reach no listener. */
  id: (message: In, frame: Frame) => unknown;
  /** Gives a request its id: a whole number that no other request of this socket has, also after a reconnection. */
  stamp: (message: NoInfer<Out>, id: number) => NoInfer<Out> | Raw;
  /** Makes the message that tells the server that nobody waits for the reply any more. Default: it is not told. */
  cancel?: (id: number) => NoInfer<Out> | Raw;
  /** Requests waiting at a time. Default 1,024. */
  max?: number;
  /** How long a request may take, in ms, if it does not say so itself; its time in the queue counts. Default 30,000. */
  timeout?: number;
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

/** What any conversation takes. Everything is optional; times are milliseconds; wrong values throw {@link OptionError}. */
export interface BaseOptions {
  /** Subprotocols to offer, the preferred first. Default none. The server must select one of them. */
  protocols?: Provider<string | readonly string[] | undefined>;
  /** The n-th retry waits a random time up to `initial · 2ⁿ` (4,000 ms), at most `max` (30,000 ms). */
  backoff?: { initial?: number; max?: number };
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
  /** Which closes are followed by a retry, before the built-in table has its say. */
  retry?: RetryTable | RetryFunction;
}

/** What {@link connect} takes. Everything is optional; times are milliseconds; wrong values throw {@link OptionError}. */
export interface Options<Out = unknown, In = unknown> extends Omit<BaseOptions, "retry"> {
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
  /** How requests and replies find each other; needed by `request`. */
  requests?: Requests<Out, In>;
  /**
   * Checks every message and reply that is received, and with `{ send }` every message that is sent. Messages are what
   * the schema makes of them. One that does not fit is an event `invalid`, or `drop`.
   */
  schema?:
    | StandardSchema<unknown, In>
    | { receive?: StandardSchema<unknown, In>; send?: StandardSchema<Out, unknown> };
  /**
   * What becomes of messages that were sent but not confirmed when a connection ends. Default `"at-most-once"`: they are not
   * sent again, and counted. `"at-least-once"` keeps them, within the bounds of `queue`, until a pong confirms them, and
   * sends them again, in order and before anything newer. It holds for the life of the page, needs a heartbeat that
   * pings, and the server may receive a message twice: see `stamp`.
   */
  delivery?: "at-most-once" | "at-least-once";
  /** A message that awaits a confirmation is followed by a ping within this time, in ms. Default 1,000. */
  confirmWithin?: number;
  /**
   * With at-least-once, marks a message so that the server can drop doubles. The id is `"<socket>:<n>"`, where n counts up: a
   * message whose n is not above the highest that was received of that socket is a double. `raw()` data is not marked.
   * Neither this function nor the codec may send: that message would leave first, with the higher n.
   */
  stamp?: (message: NoInfer<Out>, id: string) => NoInfer<Out> | Raw;
  /** Which closes are followed by a retry, before the built-in table has its say. */
  retry?: RetryTable | RetryFunction | RetryPreset;
  /**
   * `"stream"` lets a slow reader slow down the server: connections are made by the browser's `WebSocketStream`, where it has
   * one (Chromium) and `WebSocket` is not given. A reader that is full then stops the reading; meanwhile the pong
   * deadline is suspended, and confirmations wait. Elsewhere, and with `"socket"`, the default, browsers take in whatever
   * comes, and `overflow` says what becomes of it. A socket of which only `writable` is used gets plain connections.
   */
  transport?: "socket" | "stream";
  /** Messages that `readable` or an async iterator hold for a slow consumer. Default 1,024. */
  highWaterMark?: number;
  /**
   * What happens when they are more, if the iterator does not say so itself, see {@link MessagesOptions.overflow}. Default
   * `"block"` over streams of the browser's, otherwise `"error"`.
   */
  overflow?: "error" | "drop-oldest" | "block";
}

/** How long to wait, and what ends it early. */
export interface WaitOptions {
  /** In ms; then it rejects with `timeout`. Default: no limit. */
  timeout?: number | undefined;
  /** Rejects with the signal's reason when it aborts. */
  signal?: AbortSignal | undefined;
}

/** What a single `deliver` may ask for. */
export interface DeliverOptions extends SendOptions, WaitOptions {
  /** Resolve when the message is handed to the browser, or when a pong confirms it. Default `"sent"`. */
  until?: "sent" | "confirmed";
}

/** What a single request may ask for. */
export interface RequestOptions extends WaitOptions {
  /** Whether it may be carried out twice: then it is sent again after a break. Default false: it rejects. */
  idempotent?: boolean;
}

/** What `messages` may ask for. */
export interface MessagesOptions<In = unknown> {
  /** Messages held for a slow consumer. Default: the socket's `highWaterMark`. */
  highWaterMark?: number;
  /**
   * What happens when they are more. `"error"` rejects; `"drop-oldest"` drops; `"latest"` keeps only the newest of each `key`,
   * and drops the oldest key; `"block"` makes the server wait until half of them are taken, where `transport: "stream"` can,
   * and otherwise closes the connection until then, as `pause()` does: what the server sends meanwhile comes only if
   * `restore` asks for it. Default: the socket's `overflow`.
   */
  overflow?: "error" | "drop-oldest" | "latest" | "block";
  /** What a message is about, for `"latest"`. */
  key?: (message: In) => unknown;
}

/** Messages one by one, until the socket is closed. */
export interface MessageIterator<In> extends AsyncIterableIterator<In> {
  /** Messages that were dropped because they were too many, or replaced by newer ones of their key. */
  readonly dropped: number;
}

/** What a single send may ask for. */
export interface SendOptions {
  /** How long the message may wait in the queue, in ms. Default `queue.ttl`. */
  ttl?: number;
  /** A newer message with the same key replaces this one while it is queued. */
  key?: string | number;
}
