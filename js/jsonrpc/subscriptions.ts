// The subscriptions of one client, in the style of jsonrpsee: a call gives an id, notifications carry it beside their value,
// `{ params: { subscription, result } }`, and another call ends it.

import type { DropError } from "../index.js";
import { errorOf, JsonRpcError } from "./error.js";
import { type Call, call, type Id, type Reply } from "./message.js";
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
  make(draft: (ticket: number) => Call, options: CallOptions): Promise<unknown>;
  /** Who takes the reply to a call that was given up, if it comes after all. */
  readonly late: Map<unknown, (reply: Reply) => void>;
  /** A call that makes sense only over the connection that is there; resolves however it ends. */
  tell(to: CallTo): Promise<void>;
  /** A notification that was none of a subscription after all. */
  leave(call: Call): void;
}

export class Subscriptions {
  readonly #caller: Caller;
  readonly #all = new Set<Subscription<unknown>>();
  /** Those that wait for their id. */
  readonly #pending = new Set<Subscription<unknown>>();
  /** By what the server calls them, over the connection that is there. */
  readonly #known = new Map<unknown, Subscription<unknown>>();
  #early: Call[] = [];

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  async add<T>(recipe: Recipe, options: SubscribeOptions<T>): Promise<Subscription<T>> {
    const { timeout, signal } = options;
    const made = new Subscription<T>(recipe, options, (it) =>
      this.#leave(it as Subscription<unknown>),
    );
    const one = made as Subscription<unknown>;
    signal?.throwIfAborted();
    // Carried out twice, it does no harm: the first one ended with its connection.
    const how = { timeout, idempotent: true };
    this.#all.add(one);
    let abort = () => {};
    let ticket = 0;
    try {
      const { method, params } = recipe.call();
      const draft = (it: number) => {
        ticket = it;
        return call(method, params, it);
      };
      // An abort does not end the call: what the server has begun is ended as soon as its id is known.
      const learned = this.#learn(one, this.#caller.make(draft, how));
      await new Promise<void>((resolve, reject) => {
        abort = () => reject(signal?.reason);
        signal?.addEventListener("abort", abort);
        learned.then(resolve, reject);
      });
    } catch (error) {
      this.#end(one);
      // What the server makes later is ended then.
      if ((error as DropError).code === "timeout") {
        this.#caller.late.set(ticket, ({ result }) => {
          one.id = result as Id;
          this.#leave(one);
        });
      }
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    return made;
  }

  /** Makes all of them again, over a new connection. */
  async restore(call: RestoreCall): Promise<void> {
    this.lose();
    const again = [...this.#all].map(async (subscription) => {
      // The first call of this one is made again by itself.
      if (this.#pending.has(subscription)) return;
      const { method, params } = subscription.recipe.call();
      try {
        await this.#learn(subscription, call(method, params));
      } catch (error) {
        // A no is the end of this one; the end of the connection is not.
        if (!(error instanceof JsonRpcError)) throw error;
        this.#end(subscription, error);
      }
    });
    await Promise.all(again);
  }

  /** Whether a notification was one of a subscription, or may be: then it waits. */
  accept(call: Call): boolean {
    const note = Object(call.params) as Note;
    if (note.subscription === undefined) return false;
    const subscription = this.#known.get(note.subscription);
    if (subscription) {
      if ("error" in note) this.#end(subscription, errorOf(note.error));
      else subscription.accept(note.result);
      return true;
    }
    const waits = this.#pending.size > 0;
    if (waits && this.#early.length < EARLY_MOST) this.#early.push(call);
    return waits;
  }

  /** Waits for the id of a subscription, and hands over what came before it. */
  async #learn(subscription: Subscription<unknown>, asked: Promise<unknown>) {
    this.#pending.add(subscription);
    try {
      const id = await asked;
      subscription.id = id as Id;
      // It may have been left meanwhile.
      if (subscription.ended) this.#leave(subscription);
      else this.#known.set(id, subscription);
    } finally {
      this.#pending.delete(subscription);
      const early = this.#early;
      this.#early = [];
      for (const call of early) if (!this.accept(call)) this.#caller.leave(call);
    }
  }

  #leave(subscription: Subscription<unknown>): Promise<void> {
    const {
      id,
      recipe: { unsubscribe },
    } = subscription;
    this.#end(subscription);
    if (!unsubscribe || id === undefined) return Promise.resolve();
    return this.#caller.tell({ method: unsubscribe, params: [id] });
  }

  #end(subscription: Subscription<unknown>, error?: Error): void {
    this.#all.delete(subscription);
    this.#known.delete(subscription.id);
    subscription.id = undefined;
    subscription.end(error);
  }

  /** The connection has ended: over the next one, the same id may be that of another. */
  lose(): void {
    this.#known.clear();
    this.#early = [];
    for (const subscription of this.#all) subscription.id = undefined;
  }

  /** The socket is closed. */
  end(): void {
    for (const subscription of this.#all) this.#end(subscription);
  }
}
