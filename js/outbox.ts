// What waits in the engine's queue: the engine knows tickets, sizes and key numbers; messages and frames stay here.

import { copyOf } from "./codec.js";

interface Entry {
  readonly message: unknown;
  readonly data: string | BufferSource;
  readonly key: unknown;
  /** Whether the event of its drop would reach the listener that sent it. */
  quiet: boolean;
}

export class Outbox {
  readonly #entries = new Map<number, Entry>();
  // Keys have numbers only while a message holds them, so that they cannot pile up.
  readonly #keys = new Map<unknown, { readonly id: number; holders: number }>();
  #last = 0;

  /** Keeps a message; the answer is its ticket and its key's number (0 for none). */
  put(
    message: unknown,
    data: string | BufferSource,
    key: unknown,
    quiet: boolean,
  ): [ticket: number, key: number, entry: Entry] {
    this.#last = (this.#last + 1) >>> 0 || 1;
    const entry = { message, data: copyOf(data), key, quiet };
    this.#entries.set(this.#last, entry);
    if (key === undefined) return [this.#last, 0, entry];
    const number = this.#keys.get(key) ?? { id: this.#last, holders: 0 };
    number.holders++;
    this.#keys.set(key, number);
    return [this.#last, number.id, entry];
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
