import { check } from "./check.js";
import { TautlineError } from "./errors.js";
import type { WaitOptions } from "./options.js";
import { scope } from "./scope.js";
import { WAIT } from "./settings.js";

/**
 * A promise that a timeout or a signal may end early; `start` returns what that has to undo. A caller may forget it:
 * its rejection is never an unhandled one.
 */
export function wait<T>(
  options: WaitOptions,
  start: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
  shape = WAIT,
): Promise<T> {
  const promise = new Promise<T>((resolve, reject) => {
    check(options, shape, "options");
    const { timeout, signal } = options;
    signal?.throwIfAborted();
    const end =
      <V>(act: (value: V) => void) =>
      (value: V) => {
        scope.clearTimeout(timer as never);
        signal?.removeEventListener("abort", abort);
        act(value);
      };
    const fail = end(reject);
    const giveUp = (error: unknown) => {
      undo();
      fail(error);
    };
    const abort = () => giveUp(signal?.reason);
    signal?.addEventListener("abort", abort);
    const timer = timeout && scope.setTimeout(giveUp, timeout, new TautlineError("timeout"));
    let undo = () => {};
    try {
      undo = start(end(resolve), fail);
    } catch (error) {
      fail(error);
    }
  });
  promise.catch(() => {});
  return promise;
}
