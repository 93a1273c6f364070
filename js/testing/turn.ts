// Lets promises settle, in real time and at once: a turn of the event loop, after which no microtask is left.

type Call = (callback: () => void) => unknown;

/** Waits for a change of shared memory: a promise that settles in a task of its own. */
interface WaitAsync {
  waitAsync?(memory: Int32Array, index: number, value: number): { value: Promise<unknown> };
}

const { setImmediate } = globalThis as {
  setImmediate?: Call & { _isMockFunction?: boolean };
};

const make = (): (() => Promise<unknown>) => {
  // Not one that Vitest, Jest or sinon has put there before this module was loaded.
  if (setImmediate && !("clock" in setImmediate) && !setImmediate._isMockFunction) {
    return () => new Promise<void>((resolve) => setImmediate(resolve));
  }
  // In Node no runner takes this away; jsdom has none of the others.
  const { waitAsync } = Atomics as WaitAsync;
  if (globalThis.SharedArrayBuffer && waitAsync) {
    const memory = new Int32Array(new SharedArrayBuffer(4));
    return () => {
      const { value } = waitAsync(memory, 0, 0);
      Atomics.notify(memory, 0);
      return value;
    };
  }
  // In browsers, where SharedArrayBuffer is for isolated pages only.
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise<void>((resolve) => {
      waiting.push(resolve);
      port2.postMessage(0);
    });
};

/** One turn of the event loop. */
export const turn = make();
