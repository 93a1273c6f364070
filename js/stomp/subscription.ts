import { report } from "../events.js";
import { iterate } from "../iterate.js";
import type { MessageIterator } from "../options.js";
import type { State } from "../state.js";
import type { StompCore } from "./core.js";
import { StompError } from "./error.js";
import { type Fields, frame } from "./frame.js";
import type { StompLink } from "./link.js";
import type { StompMessage } from "./message.js";
import type { AckMode, StompHeaders, SubscribeOptions } from "./options.js";

/**
 * What {@link StompClient.subscribe} gives: a subscription that is made again on each new connection, until it is unsubscribed.
 * Without a listener, iterate over it.
 */
export class StompSubscription<T = unknown> implements AsyncIterable<StompMessage<T>> {
  readonly destination: string;
  /** Resolves when the broker has confirmed it for the first time; rejects if the broker refuses it. Brokers without receipts never say. */
  readonly ready: Promise<void>;
  /**
   * What MESSAGE calls it.
   *
   * @internal
   */
  readonly name: string;
  /** @internal */
  readonly ack: AckMode;
  /**
   * Messages received so far …
   *
   * @internal
   */
  received = 0;
  /**
   * … and up to which one they are acknowledged.
   *
   * @internal
   */
  settled = 0;
  /**
   * Whether the broker has been told over this connection, and has not answered.
   *
   * @internal
   */
  isUnconfirmed = false;
  /** @internal */
  readonly codec: SubscribeOptions<T>["codec"];
  readonly #core: StompCore;
  readonly #options: SubscribeOptions<T>;
  readonly #listeners = new Set<(message: StompMessage<T>) => void>();
  readonly #ends = new Set<() => void>();
  readonly #messages: MessageIterator<StompMessage<T>> | undefined;
  #accept: (() => void) | undefined;
  #refuse: ((error: unknown) => void) | undefined;
  #isOver = false;

  /** @internal */
  constructor(
    core: StompCore,
    destination: string,
    options: SubscribeOptions<T>,
    listener?: (message: StompMessage<T>) => void,
  ) {
    this.#core = core;
    this.destination = destination;
    this.#options = options;
    const { ack = "auto", codec, headers } = options;
    this.ack = ack;
    this.codec = codec;
    const number = ++core.subscribed;
    this.name = headers?.id ?? `${number}`;
    if (core.subscriptions.has(this.name)) throw new StompError("id-taken");
    core.subscriptions.set(this.name, this as never);
    this.ready = new Promise((resolve, reject) => {
      this.#accept = resolve;
      this.#refuse = reject;
    });
    this.ready.catch(() => {});
    if (listener) this.#listeners.add(listener);
    else this.#messages = this.messages();
    if (core.link?.isReady) this.introduce(core.link);
    options.signal?.addEventListener("abort", this.#abort);
    if (options.signal?.aborted) this.#abort();
  }

  readonly #abort = () => {
    this.unsubscribe();
  };

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Tells the broker of it.
   *
   * @internal
   */
  introduce(link: StompLink): void {
    const { ack, destination, name: id } = this;
    const receipt = `s${id}`;
    const fields: Fields = { id, destination, ack, receipt, ...this.#options.headers };
    this.isUnconfirmed = true;
    try {
      link.transmit(frame("SUBSCRIBE", fields, this.#core.version));
    } catch (error) {
      this.end(error as StompError);
      this.#core.fail(error as StompError);
    }
  }

  /** @internal */
  accepted(): void {
    this.isUnconfirmed = false;
    const core = this.#core;
    if (core.suspect === `s${this.name}`) core.suspect = undefined;
    this.#accept?.();
  }

  /** @internal */
  deliver(message: StompMessage<T>): void {
    this.isUnconfirmed = false;
    for (const listener of this.#listeners) {
      try {
        listener(message);
      } catch (error) {
        report(error);
      }
    }
  }

  /**
   * It is over: iterators end, and `ready` rejects if it was not confirmed.
   *
   * @internal
   */
  end(error: unknown): void {
    this.#isOver = true;
    this.#core.subscriptions.delete(this.name);
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#refuse?.(error);
    this.#listeners.clear();
    for (const done of [...this.#ends]) done();
  }

  /** Ends it; `headers` go with UNSUBSCRIBE, as durable subscriptions want. What is on its way is not delivered any more. */
  unsubscribe(headers: StompHeaders = {}): void {
    if (this.#isOver) return;
    const { link, version } = this.#core;
    this.end(new StompError("stale"));
    if (link?.isReady) link.transmit(frame("UNSUBSCRIBE", { id: this.name, ...headers }, version));
  }

  /**
   * The messages, one by one, until it is over or the client is closed.
   *
   * @throws {TautlineError} `overrun`: more than `highWaterMark` messages waited for the consumer.
   */
  [Symbol.asyncIterator](): MessageIterator<StompMessage<T>> {
    return this.#messages ?? this.messages();
  }

  /** The messages from now on, for another consumer. */
  messages(): MessageIterator<StompMessage<T>> {
    const core = this.#core;
    const { highWaterMark, overflow, key } = this.#options;
    const options = { highWaterMark, overflow, key } as SubscribeOptions<T>;
    return iterate(
      {
        settings: core.settings as never,
        subscribe: (listener) => {
          this.#listeners.add(listener);
          return () => this.#listeners.delete(listener);
        },
        once: (names: State["name"][], done: () => void) => {
          const forget = core.once(names, done);
          this.#ends.add(done);
          return () => {
            forget();
            this.#ends.delete(done);
          };
        },
        hold: (who) => core.hold(who),
        release: (who) => core.release(who),
      },
      options as never,
    );
  }

  /** Unsubscribes: `using subscription = client.subscribe(…)`. */
  [(Symbol as { dispose?: symbol }).dispose ?? Symbol.for("Symbol.dispose")](): void {
    this.unsubscribe();
  }
}
