import type { Codec } from "../codec.js";
import type {
  BaseOptions,
  MessagesOptions,
  Provider,
  RetryTable,
  WaitOptions,
} from "../options.js";
import type { StompMessage } from "./message.js";
import type { Transaction } from "./transaction.js";
import type { ACKS, VERSIONS } from "./wire.js";

/** A version of the protocol. */
export type StompVersion = (typeof VERSIONS)[number];

/** Headers by name. */
export type StompHeaders = { readonly [name: string]: string };

/**
 * Who says that a message has been dealt with: nobody, the client for a message and all before it, or the client for each
 * message.
 */
export type AckMode = (typeof ACKS)[number];

/** What {@link connectStomp} takes. Everything is optional; times are milliseconds; wrong values throw {@link OptionError}. */
export interface StompOptions extends Omit<BaseOptions, "protocols" | "queue" | "retry"> {
  /** Versions that are offered. Default all: 1.2, 1.1 and 1.0. */
  versions?: readonly StompVersion[];
  /**
   * Headers of CONNECT, such as `login`, `passcode` and `host`, or a function that is asked for each connection: so
   * a token can be fresh. Default `host`: "/", which is the virtual host of RabbitMQ that others do not look at.
   * They are sent over `wss:` or loopback only, if there is a function, `login` or `passcode`.
   */
  connectHeaders?: Provider<StompHeaders>;
  /**
   * The frame that asks for the connection. Default `"CONNECT"`, which every version knows. `"STOMP"` is for servers of 1.1 and later
   * that want it; its headers are escaped, so they may hold a colon in the name and line ends.
   */
  connectFrame?: "CONNECT" | "STOMP";
  /** Sends `connectHeaders` over plain `ws:` off loopback, too. Default false. */
  insecure?: boolean;
  /** Heart-beats, agreed on with the broker. */
  heartbeat?: {
    /** Something leaves at least this often; 0 is never. Default 10,000. */
    outgoing?: number;
    /** The broker is to send something at least this often; 0 is never. Default 10,000. */
    incoming?: number;
    /** So late it may be, in hundredths of the agreed time, besides a quarter of it (at least 2 s) for the way. Default 25. */
    tolerance?: number;
  };
  /**
   * What becomes of messages that were sent with a receipt that has not come when a connection ends. Default `"at-most-once"`:
   * they are not sent again, and their promise rejects. `"at-least-once"` asks for a receipt for every message, keeps it within
   * the bounds of `queue`, and sends it again, in order and before anything newer. The broker may receive it twice. What
   * belongs to a transaction is never sent again.
   */
  delivery?: "at-most-once" | "at-least-once";
  /** Bounds of what waits while there is no connection, and of what waits for a receipt. */
  queue?: {
    /** Messages held at most; 0 queues nothing. Default 1,024. */
    maxMessages?: number;
    /** Bytes held at most (UTF-16 units for text). Default 1,048,576. */
    maxBytes?: number;
  };
  /** Which closes are followed by a retry, before the built-in table has its say. */
  retry?: RetryTable;
  /** Messages that a subscription holds for a slow consumer, if it does not say so itself. Default 1,024. */
  highWaterMark?: number;
  /** What happens when they are more. Default `"error"`. */
  overflow?: "error" | "drop-oldest" | "block";
}

/** What a single subscription may ask for. */
export interface SubscribeOptions<T = unknown>
  extends Pick<MessagesOptions<StompMessage<T>>, "highWaterMark" | "overflow" | "key"> {
  /** Who says that a message has been dealt with. Default `"auto"`. */
  ack?: AckMode;
  /** More headers of SUBSCRIBE, such as `selector`, `durable`, `prefetch-count`, or an `id` of your own. */
  headers?: StompHeaders;
  /** Makes `message.payload` of the body: text where `content-type` says so or is missing, otherwise binary. Default: as it is. */
  codec?: Pick<Codec<never, T>, "decode">;
  /** Unsubscribes when it aborts. */
  signal?: AbortSignal;
}

/** What a single frame may ask for. */
export interface FrameOptions extends WaitOptions {
  /** Asks for a receipt, and makes a promise of it. Default false. */
  receipt?: boolean;
  /** The transaction it belongs to. */
  transaction?: Transaction;
}

/** What a single message may ask for. */
export interface StompSendOptions extends FrameOptions {
  /** More headers of SEND. */
  headers?: StompHeaders;
  /** The header `content-type`. */
  contentType?: string;
  /** Whether `content-length` is sent. Default true. ActiveMQ takes a message without it for text. Binary bodies need it. */
  contentLength?: boolean;
}
