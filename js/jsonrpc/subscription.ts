import { TautlineError } from "../index.js";
import type { Id } from "./message.js";
import type { CallTo, SubscribeOptions } from "./options.js";

const DONE = { value: undefined, done: true } as const;

/** How a subscription is made, each time, and what ends it. */
export interface Recipe {
  readonly call: () => CallTo;
  readonly unsubscribe: string | undefined;
}

/**
 * Notifications of one subscription, which is made again after each break. Made by `rpc.subscribe`.
 *
 * Iterate over it once, or give a `listener`. The iteration ends when the subscription does.
 *
 * @example
 * for await (const tick of ticks) draw(tick);
 */
export class Subscription<T> implements AsyncIterable<T> {
  /** @internal */
  readonly recipe: Recipe;
  /** @internal What the server calls it, over the connection that is there. */
  id: Id | undefined;
  /** Whether it has ended: by `unsubscribe`, by the server, or with the socket. */
  ended = false;
  /** What ended it, if that was an error: it is what the iteration rejects with. */
  error: Error | undefined;
  readonly #listener: ((value: T) => void) | undefined;
  readonly #limit: number;
  readonly #dropsOldest: boolean;
  readonly #leave: (subscription: Subscription<T>) => Promise<void>;
  readonly #signal: AbortSignal | undefined;
  readonly #abort = () => void this.unsubscribe();
  readonly #waiting: ((result: IteratorResult<T> | PromiseLike<IteratorResult<T>>) => void)[] = [];
  #values: T[] = [];
  /** Whether the iteration has rejected with the error that ended it, or there is none. */
  #isTold = true;

  /** @internal */
  constructor(
    recipe: Recipe,
    options: SubscribeOptions<T>,
    leave: (subscription: Subscription<T>) => Promise<void>,
  ) {
    this.recipe = recipe;
    this.#listener = options.listener;
    this.#limit = options.highWaterMark ?? 1024;
    this.#dropsOldest = options.overflow === "drop-oldest";
    this.#leave = leave;
    this.#signal = options.signal;
    this.#signal?.addEventListener("abort", this.#abort);
  }

  /**
   * Ends the subscription and tells the server; resolves when it knows, or when the connection has ended. What waits
   * for the consumer is still delivered.
   */
  unsubscribe(): Promise<void> {
    return this.#leave(this);
  }

  /** @internal */
  accept(value: T): void {
    if (this.ended) return;
    if (this.#listener) {
      try {
        this.#listener(value);
      } catch (error) {
        (globalThis.reportError ?? console.error)(error);
      }
      return;
    }
    const resolve = this.#waiting.shift();
    if (resolve) {
      resolve({ value, done: false });
      return;
    }
    if (this.#values.length >= this.#limit) {
      if (!this.#dropsOldest) {
        this.end(new TautlineError("overrun"));
        this.#leave(this);
        return;
      }
      this.#values.shift();
    }
    this.#values.push(value);
  }

  /** @internal */
  end(error?: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.error = error;
    this.#isTold = !error;
    this.#signal?.removeEventListener("abort", this.#abort);
    for (const resolve of this.#waiting.splice(0)) resolve(this.next());
  }

  async next(): Promise<IteratorResult<T>> {
    if (this.#values.length > 0) return { value: this.#values.shift() as T, done: false };
    if (!this.#isTold) {
      this.#isTold = true;
      throw this.error;
    }
    if (this.ended) return DONE;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Leaving the loop ends the subscription. */
  async return(): Promise<IteratorResult<T>> {
    this.#values = [];
    this.#isTold = true;
    await this.unsubscribe();
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
