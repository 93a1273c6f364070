// What a test that fails is told.

/**
 * An expectation that was not met, or a wrong use of the kit. Test runners take it for an assertion, and show `expected` and
 * `actual` as a difference. The message holds what was sent, tokens too: it is meant for tests.
 */
export class KitError extends Error {
  override readonly name = "AssertionError";
  readonly code = "ERR_ASSERTION";
  readonly generatedMessage = false;
  readonly operator = "deepStrictEqual";
  /** What was expected. */
  declare readonly expected?: unknown;
  /** What came instead. */
  declare readonly actual?: unknown;
  /** Whether there is a difference to show. */
  declare readonly showDiff?: boolean;
}

/**
 * Makes the error of a call, with the stack of the call: by the time it fails, the stack is gone. `differs` holds what was
 * expected and what came.
 */
export function failing(callee: (...args: never[]) => unknown) {
  const here = new Error();
  const { captureStackTrace } = Error as { captureStackTrace?: (on: object, at: unknown) => void };
  captureStackTrace?.(here, callee);
  return (message: string, differs?: { expected: unknown; actual: unknown }): KitError => {
    const error = new KitError(message);
    if (differs) Object.assign(error, differs, { showDiff: true });
    // In V8 the first line of a stack is the error itself.
    const frames = here.stack?.replace(/^Error.*\n/, "");
    error.stack = captureStackTrace ? `${error.name}: ${message}\n${frames}` : (frames ?? "");
    return error;
  };
}
