import type { Core } from "./core.js";
import { TautlineError } from "./errors.js";

/** Iterates over messages until the socket is closed. What a slow consumer has not taken is bounded. */
export function iterate<In>(core: Core): AsyncIterableIterator<In> {
  const { highWaterMark = 1024 } = core.settings;
  const buffer: In[] = [];
  const waiting: ((result: IteratorResult<In>) => void)[] = [];
  let over = false;
  let overrun: TautlineError | undefined;
  let unwatch: (() => void) | undefined;
  const off = core.subscribe((message) => {
    const value = message as In;
    const resolve = waiting.shift();
    if (resolve) {
      resolve({ value, done: false });
    } else if (buffer.length < highWaterMark) {
      buffer.push(value);
    } else {
      overrun = new TautlineError("overrun");
      end();
    }
  });
  const end = () => {
    over = true;
    off();
    unwatch?.();
    for (const resolve of waiting.splice(0)) resolve({ value: undefined, done: true });
  };
  unwatch = core.once(["closed"], end);
  return {
    async next() {
      if (buffer.length) return { value: buffer.shift() as In, done: false };
      if (overrun) {
        const error = overrun;
        overrun = undefined;
        throw error;
      }
      return over
        ? { value: undefined, done: true }
        : new Promise((resolve) => waiting.push(resolve));
    },
    async return() {
      buffer.length = 0;
      overrun = undefined;
      end();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
