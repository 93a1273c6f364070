// Lets promises settle, in real time and at once: a turn of the event loop, after which no microtask is left.

type Call = (callback: () => void) => unknown;

/** How many microtasks stand for a turn where the runner has faked whatever makes one. */
const MICROTASKS = 200;

const { setImmediate, MessageChannel, setTimeout } = globalThis as typeof globalThis & {
  setImmediate?: Call;
};

/** Whether a timer of the global scope is that of the runtime, and not one that Vitest, Jest or sinon put there. */
const isReal = (timer: object | undefined) =>
  !!timer && !("clock" in timer) && !("_isMockFunction" in timer);

const make = (): (() => Promise<void>) => {
  const promised = (call: Call) => () => new Promise<void>((resolve) => call(resolve));
  if (isReal(setImmediate)) return promised(setImmediate as Call);
  if (MessageChannel) {
    const { port1, port2 } = new MessageChannel();
    const waiting: (() => void)[] = [];
    port1.onmessage = () => waiting.shift()?.();
    return promised((resolve) => {
      waiting.push(resolve);
      port2.postMessage(0);
    });
  }
  if (isReal(setTimeout)) return promised(setTimeout);
  return async () => {
    for (let i = 0; i < MICROTASKS; i++) await undefined;
  };
};

/** One turn of the event loop. */
export const turn = make();
