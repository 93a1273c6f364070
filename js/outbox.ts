// What the engine answers for: messages in its queue, and those that have left and await something. The engine knows
// tickets, sizes and key numbers; messages and frames stay here.

import { copyOf } from "./codec.js";
import type { TautlineError } from "./errors.js";

/** A message whose fate the engine will tell. */
export interface Entry {
  readonly message: unknown;
  readonly key: unknown;
  data: string | BufferSource;
  /** Whether the event of its drop would reach the listener that sent it. */
  quiet: boolean;
  /** Whether it has left at least once. */
  sent: boolean;
  /** What it awaits once it is sent: a place in AWAITS. */
  readonly awaits: number;
  /** Whether it may have to leave again. */
  readonly repeats: boolean;
  /** Whom to tell of its fate; nobody has `drop` events. */
  resolve?: ((value: unknown) => void) | undefined;
  reject?: ((error: TautlineError) => void) | undefined;
}

export class Outbox {
  readonly #entries = new Map<number, Entry>();
  // Keys have numbers only while a message holds them, so that they cannot pile up.
  readonly #keys = new Map<unknown, { readonly id: number; holders: number }>();
  #last = 0;

  /** The ticket of the next message. */
  next(): number {
    this.#last = (this.#last + 1) >>> 0 || 1;
    return this.#last;
  }

  /** Keeps a message; the answer is its key's number (0 for none). */
  put(ticket: number, entry: Entry): number {
    const { key } = entry;
    entry.data = copyOf(entry.data);
    this.#entries.set(ticket, entry);
    if (key === undefined) return 0;
    const number = this.#keys.get(key) ?? { id: ticket, holders: 0 };
    number.holders++;
    this.#keys.set(key, number);
    return number.id;
  }

  /** Gives the frame of a message that leaves, and forgets what will not be asked for again. */
  leave(ticket: number): string | BufferSource | undefined {
    const entry = this.#entries.get(ticket);
    if (!entry) return undefined;
    const { data, awaits, repeats, resolve } = entry;
    entry.sent = true;
    if (!awaits) resolve?.(undefined);
    if (!awaits && !repeats) this.take(ticket);
    else {
      if (!awaits) entry.resolve = entry.reject = undefined;
      if (!repeats) entry.data = "";
    }
    return data;
  }

  /** Gives a message back and forgets it. */
  take(ticket: number): Entry | undefined {
    const entry = this.#entries.get(ticket);
    this.#entries.delete(ticket);
    const number = this.#keys.get(entry?.key);
    if (number && !--number.holders) this.#keys.delete(entry?.key);
    return entry;
  }

  tickets(): number[] {
    return [...this.#entries.keys()];
  }
}
