import type { Raw } from "./codec.js";
import { Connection } from "./connection.js";
import { deliver, request } from "./delivery.js";
import { OptionError } from "./errors.js";
import type { SocketEventMap } from "./events.js";
import { iterate } from "./iterate.js";
import { settle } from "./message-settings.js";
import { Messages } from "./messages.js";
import type {
  DeliverOptions,
  MessageIterator,
  MessagesOptions,
  Options,
  Provider,
  RequestOptions,
  SendOptions,
  WaitOptions,
} from "./options.js";
import { readable, writable } from "./streams.js";
import { drained, reauthenticate } from "./waiting.js";

/** A listener of one type of event: a function, or an object with `handleEvent`. */
export type SocketListener<S, E> = ((this: S, event: E) => void) | { handleEvent(event: E): void };

/**
 * A WebSocket that comes back. Made by {@link connect}.
 *
 * Messages arrive in three ways: `subscribe` (the fastest), `message` events, and `for await`. What listeners
 * throw is reported as uncaught and stops nothing.
 *
 * @example
 * socket.addEventListener("state", (event) => render(event.state));
 * const off = socket.subscribe((message) => show(message));
 */
export class Socket<Out = unknown, In = unknown> extends Connection {
  readonly #core: Messages;

  /** Same as {@link connect}. */
  constructor(url: Provider<string | URL>, options: Options<Out, In> = {}) {
    const core = new Messages(url, settle(url, options as Options));
    super(core);
    this.#core = core;
  }

  /**
   * Sends a message: at once where the socket is open, otherwise from the queue once it is. Never throws for the
   * socket's state. A message dropped, now or later, is also an event `drop`, with the reason.
   *
   * @throws {OptionError} `ttl` is not a number of ms.
   *
   * @example
   * socket.send({ type: "cursor", x, y }, { ttl: 1_000, key: "cursor" });
   */
  send(message: Out | Raw, options?: SendOptions): "sent" | "queued" | "dropped" {
    return this.#core.send(message, options);
  }

  /**
   * Sends a message like `send` and tells its fate: resolves when it is handed to the browser or, with `until:
   * "confirmed"`, when a pong shows that the server has received it (received, not processed). What ends before that
   * rejects, and is no `drop` event; a rejection that nobody looks at is not reported as unhandled.
   *
   * @throws {DropError} `queue-full`, `too-large`, `expired`, `replaced`, `closed`, `timeout`, or `unconfirmed`: it was sent,
   *   and the connection ended before a pong. `sent` tells whether it has left; if not, it never will.
   * @throws {CodecError} It could not be encoded; {@link SchemaError}: it does not fit.
   * @throws {OptionError} `until: "confirmed"` without `heartbeat.ping`.
   * @throws The signal's reason when `signal` aborts; what has not left then never will.
   *
   * @example
   * await socket.deliver({ type: "order", id }, { until: "confirmed", timeout: 10_000 });
   */
  deliver(message: Out | Raw, options: DeliverOptions = {}): Promise<void> {
    return deliver(this.#core, message, options);
  }

  /**
   * Sends a request and resolves with its reply. Needs the option `requests`. On a break it rejects or, with
   * `idempotent`, is sent again with the same id.
   *
   * @throws {DropError} `timeout`, `unanswered` (sent, and the connection ended before the reply), `too-many-requests`,
   *   `queue-full`, `too-large`, `closed`. `sent` tells whether it has left; if not, it never will.
   * @throws {SchemaError} The reply does not fit.
   * @throws The signal's reason when `signal` aborts; the server is told if `requests.cancel` is given.
   *
   * @example
   * const reply = await socket.request({ method: "history" }, { timeout: 5_000, signal });
   */
  request<Reply extends In = In>(message: Out, options: RequestOptions = {}): Promise<Reply> {
    return request(this.#core, message, options) as Promise<Reply>;
  }

  /**
   * Resolves when nothing waits on our side: the queue is empty, the browser has sent what it was given, and what awaits
   * a confirmation has it. Looks every 20 ms.
   *
   * @throws {TautlineError} `closed`, `timeout`.
   */
  flushed(options: WaitOptions = {}): Promise<void> {
    return drained(this.#core, undefined, options);
  }

  /**
   * Resolves when at most `bytes` wait on our side, in the queue, for a confirmation or in the browser: for senders that
   * would otherwise be too fast. Looks every 20 ms.
   *
   * @throws {OptionError} `bytes` is no number.
   * @throws {TautlineError} `closed`, `timeout`.
   *
   * @example
   * for (const chunk of chunks) {
   *   await socket.drained(65_536);
   *   socket.send(chunk);
   * }
   */
  drained(bytes: number, options: WaitOptions = {}): Promise<void> {
    return drained(this.#core, bytes ?? Number.NaN, options);
  }

  /**
   * Asks `auth.message` for new credentials and sends them over the open connection; resolves at the server's yes. Called
   * twice, it asks once. Without a connection it resolves with the next one, which brings new credentials anyway. A no
   * is a break: see the table of causes.
   *
   * @throws {TautlineError} `closed`; `timeout`: no answer in time, and the connection goes on; `provider`: see `cause`.
   */
  reauthenticate(options: WaitOptions = {}): Promise<void> {
    return reauthenticate(this.#core, this.#core.settings.auth, options);
  }

  /**
   * Calls `listener` with each message, inside the browser's own event and without building an event.
   * Returns the function that ends it. Outlives reconnections and close().
   */
  subscribe(listener: (message: In) => void): () => void {
    if (typeof listener !== "function") {
      throw new OptionError("listener", listener, "a function");
    }
    return this.#core.subscribe(listener as (message: unknown) => void);
  }

  /**
   * Iterates over the messages from now on; ends when the socket is closed.
   *
   * @throws {TautlineError} `overrun`: more than `highWaterMark` messages waited for the consumer. Those are
   *   delivered first, so the rejection stands where messages are missing.
   */
  [Symbol.asyncIterator](): MessageIterator<In> {
    return this.messages();
  }

  /**
   * The same with a bound and a policy of its own for a slow consumer.
   *
   * @throws {OptionError} At once: an option is wrong.
   *
   * @example
   * for await (const tick of socket.messages({ overflow: "latest", key: (tick) => tick.symbol })) draw(tick);
   */
  messages(options: MessagesOptions<In> = {}): MessageIterator<In> {
    return iterate<In>(this.#core, options);
  }

  /**
   * The messages from the first use on, as a stream that outlives connections. It holds up to `highWaterMark` messages; then
   * `overflow` says what happens, with `transport: "stream"` by default that the server waits. It ends when the socket is
   * closed. Cancelling it ends only the stream, and the next use makes another.
   *
   * @throws {TautlineError} Reads reject with `overrun`: with `overflow: "error"`, more messages waited.
   *
   * @example
   * await socket.readable.pipeThrough(decompress).pipeTo(display);
   */
  get readable(): ReadableStream<In> {
    const core = this.#core;
    core.readable ??= readable(core);
    return core.readable as ReadableStream<In>;
  }

  /**
   * Sends what is written, through connections as they come. A write is done when the message is handed to the browser
   * and there is room for the next: no more than 262,144 bytes, and half of `queue`, wait on our side. Closing it waits until all has
   * left (and is confirmed, with at-least-once) and closes the socket, as with the browser's `WebSocketStream`; aborting it
   * closes the socket at once. Pipe with `preventClose` to keep it open.
   *
   * @throws {DropError} A write rejects, and ends the stream, when its message is dropped; the next use makes another.
   * @throws {CodecError} or {@link SchemaError}, likewise.
   *
   * @example
   * await file.stream().pipeTo(socket.writable, { preventClose: true });
   */
  get writable(): WritableStream<Out | Raw> {
    const core = this.#core;
    core.writable ??= writable(core, () => this.close());
    return core.writable;
  }

  /** Adds a listener; as in any EventTarget, with `once`, `signal` and `handleEvent` objects. */
  override addEventListener<K extends keyof SocketEventMap>(
    type: K,
    listener: SocketListener<this, SocketEventMap<Out, In>[K]> | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: unknown,
    options?: boolean | AddEventListenerOptions,
  ): void {
    const add = (it: unknown) => super.addEventListener(type, it as EventListener, options);
    const { heard } = this.#core;
    const { once, signal, capture = options } = Object(options) as AddEventListenerOptions;
    // One that is added for both phases could not be told apart later: with capture, it counts for ever.
    const key = capture === true ? {} : listener;
    if (type === "message" && listener && !heard.has(key) && !signal?.aborted) {
      const forget = () => {
        if (heard.get(key) === forget) heard.delete(key);
        signal?.removeEventListener("abort", forget);
      };
      heard.set(key, forget);
      signal?.addEventListener("abort", forget);
      // Stands right before the listener, and so is called exactly when that is.
      if (once) add(forget);
    }
    add(listener);
  }

  /** Removes a listener. */
  override removeEventListener<K extends keyof SocketEventMap>(
    type: K,
    listener: SocketListener<this, SocketEventMap<Out, In>[K]> | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: unknown,
    options?: boolean | EventListenerOptions,
  ): void {
    const remove = (it: unknown) => super.removeEventListener(type, it as EventListener, options);
    const { capture = options } = Object(options) as EventListenerOptions;
    const forget = type === "message" && capture !== true && this.#core.heard.get(listener);
    if (forget) {
      forget();
      remove(forget);
    }
    remove(listener);
  }
}
