import { check } from "./check.js";
import { OptionError, TautlineError } from "./errors.js";
import type { MessageIterator, MessagesOptions } from "./options.js";
import { MESSAGES } from "./settings.js";
import type { State } from "./state.js";

const DONE = { value: undefined, done: true } as const;

/** Where messages come from, and who is told when they are too many. */
export interface Source {
  readonly settings: {
    readonly streams?: boolean;
    readonly overflow?: MessagesOptions["overflow"];
    readonly highWaterMark?: number | undefined;
  };
  /** Who makes the server wait where that can be. */
  readonly slow?: Set<unknown>;
  subscribe(listener: (message: unknown) => void): () => void;
  once(names: State["name"][], done: () => void): () => void;
  hold(who: unknown): void;
  release(who: unknown): void;
}

/** Iterates over messages until the socket is closed. What a slow consumer has not taken is bounded. */
export function iterate<In>(core: Source, options: MessagesOptions<In>): MessageIterator<In> {
  check(options, MESSAGES, "options");
  const { streams } = core.settings;
  const { overflow = core.settings.overflow ?? (streams ? "block" : "error"), key } = options;
  const { highWaterMark = core.settings.highWaterMark ?? 1024 } = options;
  const byKey = overflow === "latest";
  const blocks = overflow === "block";
  if (byKey && !key) throw new OptionError("options.key", key, "a function");
  // In order of arrival: a Map keeps the order of entry.
  const buffer = new Map<unknown, In>();
  const waiting: ((result: IteratorResult<In>) => void)[] = [];
  let arrived = 0;
  let dropped = 0;
  let over = false;
  let overrun: TautlineError | undefined;
  let unwatch: (() => void) | undefined;
  const drop = (name: unknown) => {
    if (buffer.delete(name)) dropped++;
  };
  const take = (): In => {
    const [name, value] = buffer.entries().next().value as [unknown, In];
    buffer.delete(name);
    if (buffer.size <= highWaterMark / 2) core.release(buffer);
    return value;
  };
  const off = core.subscribe((message) => {
    const value = message as In;
    const resolve = waiting.shift();
    if (resolve) return resolve({ value, done: false });
    const name = byKey ? key?.(value) : ++arrived;
    drop(name);
    // Over streams what comes before the reading has stopped is kept.
    if (buffer.size >= highWaterMark && !(blocks && streams)) {
      // Also where a goodbye lets the connection go on, whoever is full.
      if (!byKey && overflow !== "drop-oldest") {
        overrun = new TautlineError("overrun");
        return end();
      }
      drop(buffer.keys().next().value);
    }
    buffer.set(name, value);
    if (blocks && buffer.size >= highWaterMark) core.hold(buffer);
  });
  const end = () => {
    over = true;
    off();
    unwatch?.();
    core.slow?.delete(buffer);
    core.release(buffer);
    for (const resolve of waiting.splice(0)) resolve(DONE);
  };
  if (blocks) core.slow?.add(buffer);
  unwatch = core.once(["closed"], end);
  return {
    get dropped() {
      return dropped;
    },
    async next() {
      if (buffer.size) return { value: take(), done: false };
      const error = overrun;
      overrun = undefined;
      if (error) throw error;
      return over ? DONE : new Promise((resolve) => waiting.push(resolve));
    },
    async return() {
      buffer.clear();
      overrun = undefined;
      end();
      return DONE;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
