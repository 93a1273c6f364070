// The subscriptions of one client, in the style of jsonrpsee: a call gives an id, notifications carry it beside their value,
// `{ params: { subscription, result } }`, and another call ends it.

import { errorOf, JsonRpcError } from "./error.js";
import type { Id } from "./message.js";
import type { CallOptions, CallTo, RestoreCall, SubscribeOptions } from "./options.js";
import { type Recipe, Subscription } from "./subscription.js";

/** Notifications that come before the id they belong to is known. */
const EARLY_MOST = 1024;

interface Note {
  readonly subscription?: Id;
  readonly result?: unknown;
  readonly error?: unknown;
}

/** What subscriptions need of their client. */
export interface Caller {
  make(to: CallTo, options: CallOptions): Promise<unknown>;
  /** A call that makes sense only over the connection that is there; resolves however it ends. */
  tell(to: CallTo): Promise<void>;
}

export class Subscriptions {
  readonly #caller: Caller;
  readonly #all = new Set<Subscription<unknown>>();
  /** By what the server calls them, over the connection that is there. */
  readonly #known = new Map<unknown, Subscription<unknown>>();
  #early: Note[] = [];
  /** How many wait for their id. */
  #pending = 0;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async add<T>(recipe: Recipe, options: SubscribeOptions<T>): Promise<Subscription<T>> {
    const { timeout, signal } = options;
    const made = new Subscription<T>(recipe, options, (it) =>
      this.#leave(it as Subscription<unknown>),
    );
    // Carried out twice, it does no harm: the first one ended with its connection.
    const how = { timeout, signal, idempotent: true };
    try {
      await this.#learn(made as Subscription<unknown>, this.#caller.make(recipe.call(), how));
    } catch (error) {
      made.end();
      throw error;
    }
    if (!made.ended) this.#all.add(made as Subscription<unknown>);
    return made;
  }

  /** Makes all of them again, over a new connection. */
  async restore(call: RestoreCall): Promise<void> {
    this.#known.clear();
    const again = [...this.#all].map(async (subscription) => {
      subscription.id = undefined;
      const { method, params } = subscription.recipe.call();
      try {
        await this.#learn(subscription, call(method, params));
      } catch (error) {
        // A no is the end of this one; the end of the connection is not.
        if (!(error instanceof JsonRpcError)) throw error;
        this.#forget(subscription);
        subscription.end(error);
      }
    });
    await Promise.all(again);
  }

  /** Whether a notification was one of a subscription. */
  accept({ params }: { readonly params?: unknown }): boolean {
    const note = Object(params) as Note;
    if (note.subscription === undefined) return false;
    const subscription = this.#known.get(note.subscription);
    if (subscription) {
      if ("error" in note) {
        this.#forget(subscription);
        subscription.end(errorOf(note.error));
      } else {
        subscription.accept(note.result);
      }
      return true;
    }
    if (this.#pending > 0 && this.#early.length < EARLY_MOST) this.#early.push(note);
    return this.#pending > 0;
  }

  /** Waits for the id of a subscription, and hands over what came before it. */
  async #learn(subscription: Subscription<unknown>, asked: Promise<unknown>) {
    this.#pending++;
    try {
      const id = await asked;
      subscription.id = id as Id;
      // It may have been left meanwhile.
      if (subscription.ended) this.#leave(subscription);
      else this.#known.set(id, subscription);
    } finally {
      this.#pending--;
      const early = this.#early;
      this.#early = [];
      for (const params of early) this.accept({ params });
    }
  }

  #leave(subscription: Subscription<unknown>): Promise<void> {
    this.#forget(subscription);
    subscription.end();
    const {
      id,
      recipe: { unsubscribe },
    } = subscription;
    subscription.id = undefined;
    if (!unsubscribe || id === undefined) return Promise.resolve();
    return this.#caller.tell({ method: unsubscribe, params: [id] });
  }

  #forget(subscription: Subscription<unknown>): void {
    this.#all.delete(subscription);
    this.#known.delete(subscription.id);
  }

  /** The socket is closed. */
  end(): void {
    const all = [...this.#all];
    this.#all.clear();
    this.#known.clear();
    for (const subscription of all) subscription.end();
  }
}
