// The one real timer of a session, armed for its next deadline.

import { scope } from "../scope.js";

/** The longest delay that setTimeout takes. A session that is woken too early does nothing, and is armed again. */
const LONGEST = 2 ** 31 - 1;

export class Timer {
  #due = -1;
  #id: unknown;
  readonly #ring: () => void;

  constructor(ring: () => void) {
    this.#ring = () => {
      this.#due = -1;
      ring();
    };
  }

  /** Arms for `due`, or cancels where that is negative; true if it was not armed for this time already. */
  set(now: number, due: number): boolean {
    if (this.#due === due) return false;
    scope.clearTimeout(this.#id as never);
    this.#due = due;
    if (!(due >= 0)) return false;
    // Not below 0: some runtimes warn of that.
    this.#id = scope.setTimeout(this.#ring, due < now ? 0 : Math.min(due - now, LONGEST));
    return true;
  }
}
