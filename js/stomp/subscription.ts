import { report } from "../events.js";
import { iterate } from "../iterate.js";
import type { MessageIterator } from "../options.js";
import type { State } from "../state.js";
import type { StompCore } from "./core.js";
import { StompError } from "./error.js";
import { type Fields, frame } from "./frame.js";
import { type StompExports, type StompLink, write } from "./link.js";
import type { StompMessage } from "./message.js";
import type { StompHeaders, SubscribeOptions } from "./options.js";
import { ACKS } from "./wire.js";

/**
 * What {@link StompClient.subscribe} gives: a subscription that is made again on each new connection, until it is unsubscribed.
 * Without a listener, iterate over it.
 */
export class StompSubscription<T = unknown> implements AsyncIterable<StompMessage<T>> {
  readonly destination: string;
  /** Resolves when the broker has confirmed it for the first time; rejects if the broker refuses it. Brokers without receipts never say. */
  readonly ready: Promise<void>;
  /** @internal */
  id = 0;
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
    this.codec = options.codec;
    this.ready = new Promise((resolve, reject) => {
      this.#accept = resolve;
      this.#refuse = reject;
    });
    this.ready.catch(() => {});
    if (listener) this.#listeners.add(listener);
    else this.#messages = this.messages();
    this.register();
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
   * What the engine calls it is new with each engine.
   *
   * @internal
   */
  register(): void {
    const { ack = "auto", headers } = this.#options;
    const core = this.#core;
    const register = (exports: unknown, id: number) => {
      write(exports as StompExports, id, headers?.id ?? "");
      this.id = (exports as StompExports).stomp_subscribe(id, ACKS.indexOf(ack));
      if (this.id) core.subscriptions.set(this.id, this as never);
    };
    core.link?.engine.call(register);
    if (!this.id) throw new StompError("id-taken");
  }

  /**
   * Tells the broker of it.
   *
   * @internal
   */
  introduce(link: StompLink): void {
    const { ack = "auto", headers } = this.#options;
    const { destination, id } = this;
    const fields: Fields = { id, destination, ack, receipt: `s${id}`, ...headers };
    try {
      link.transmit(frame("SUBSCRIBE", fields, this.#core.version));
    } catch (error) {
      this.end(error as StompError);
      this.#core.fail(error as StompError);
    }
  }

  /** @internal */
  accepted(): void {
    this.#accept?.();
  }

  /** @internal */
  deliver(message: StompMessage<T>): void {
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
    this.#core.subscriptions.delete(this.id);
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#refuse?.(error);
    this.#listeners.clear();
    for (const done of [...this.#ends]) done();
  }

  /** Ends it; `headers` go with UNSUBSCRIBE, as durable subscriptions want. What is on its way is not delivered any more. */
  unsubscribe(headers: StompHeaders = {}): void {
    if (this.#isOver) return;
    const core = this.#core;
    const { link, version } = core;
    const { id } = this;
    const isKnown = link?.engine.call((exports, engine) =>
      (exports as StompExports).stomp_unsubscribe(engine, id),
    );
    this.end(new StompError("stale"));
    if (isKnown) {
      link?.transmit(frame("UNSUBSCRIBE", { id, ...this.#named, ...headers }, version));
    }
  }

  get #named(): Fields {
    const { id } = this.#options.headers ?? {};
    return id === undefined ? {} : { id };
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
