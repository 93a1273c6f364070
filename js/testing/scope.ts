// The scope that the engine sees while a kit is there: virtual time, a seeded chance, and a page of the kit's own.

import type { Scope } from "../index.js";
import type { Time } from "./time.js";

/** A generator of numbers from 0 to 1 that gives the same ones in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An event target that knows how many listeners it has. */
class Target extends EventTarget {
  readonly listeners = new Set<string>();
  static #ids = new WeakMap<object, number>();
  static #count = 0;

  static #key(type: string, listener: object | null): string {
    if (listener && !Target.#ids.has(listener)) Target.#ids.set(listener, ++Target.#count);
    return `${type} ${listener && Target.#ids.get(listener)}`;
  }

  override addEventListener(type: string, listener: EventListenerOrEventListenerObject | null) {
    this.listeners.add(Target.#key(type, listener));
    super.addEventListener(type, listener);
  }

  override removeEventListener(type: string, listener: EventListenerOrEventListenerObject | null) {
    this.listeners.delete(Target.#key(type, listener));
    super.removeEventListener(type, listener);
  }
}

class PageDocument extends Target {
  hidden = false;
  readonly baseURI: string;

  constructor(base: string | undefined) {
    super();
    // Without one, relative addresses are as wrong as they are in Node.
    this.baseURI = base as string;
  }
}

export class KitScope extends Target implements Scope {
  readonly Date: { now(): number };
  readonly Math: { random(): number };
  readonly crypto: Scope["crypto"];
  readonly WebSocket: NonNullable<Scope["WebSocket"]>;
  readonly navigator = { onLine: true };
  readonly document: PageDocument;
  readonly origin: string;
  readonly #time: Time;
  readonly #due = new Map<object, number>();

  constructor(
    time: Time,
    seed: number,
    page: string | undefined,
    base: string | undefined,
    WebSocket: NonNullable<Scope["WebSocket"]>,
  ) {
    super();
    const random = seeded(seed);
    this.#time = time;
    this.Date = { now: () => time.now() };
    this.Math = { random };
    this.crypto = { getRandomValues: (array) => array.map(() => random() * 2 ** 32) };
    this.WebSocket = WebSocket;
    this.document = new PageDocument(base);
    this.origin = page === undefined ? globalThis.origin : new URL(page).origin;
  }

  setTimeout<A extends unknown[]>(callback: (...args: A) => void, ms: number, ...args: A): object {
    const run = () => {
      this.#due.delete(timer);
      callback(...args);
    };
    const timer = this.#time.setTimeout(run, ms);
    this.#due.set(timer, this.#time.now() + ms);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#due.delete(timer as object);
    this.#time.clearTimeout(timer);
  }

  queueMicrotask(callback: () => void): void {
    // Not the global one, which a runner may have faked.
    void Promise.resolve().then(callback);
  }

  /** When its timers are due, the next one first. */
  timers(): number[] {
    return [...this.#due.values()].sort((a, b) => a - b);
  }

  /** How many listen to the page and the network. */
  heardBy(): number {
    return this.listeners.size + this.document.listeners.size;
  }
}
