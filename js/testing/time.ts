// Time that stands still until a test moves it: the kit's own, or that of the runner's fake timers.

/** The fake timers of Vitest (`vi`) or Jest (`jest`), as far as they are needed. */
export interface RunnerTimers {
  advanceTimersToNextTimerAsync(steps?: number): Promise<unknown>;
}

export interface Time {
  now(): number;
  setTimeout(callback: (...args: never[]) => void, ms: number, ...args: unknown[]): object;
  clearTimeout(timer: unknown): void;
  /** Fires the next timer that is due by `end`; false where none is, and then it is `end`. */
  step(end: number): boolean | Promise<boolean>;
  /** While true, time passes and no timer fires. */
  isFrozen: boolean;
}

interface Timer {
  due: number;
  run: () => void;
}

/** Timers in the order of their time, and of their making where that is the same. Times are in ms. */
export class VirtualTime implements Time {
  isFrozen = false;
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(callback: (...args: never[]) => void, ms: number, ...args: unknown[]): object {
    const due = this.#now + Math.max(0, Math.trunc(ms) || 0);
    const timer = { due, run: () => callback(...(args as never[])) };
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer);
  }

  step(end: number): boolean {
    let next: Timer | undefined;
    if (!this.isFrozen) {
      for (const timer of this.#timers) if (!next || timer.due < next.due) next = timer;
    }
    const isDue = !!next && next.due <= Math.max(end, this.#now);
    this.#now = Math.max(this.#now, next && isDue ? next.due : end);
    if (!next || !isDue) return false;
    this.#timers.delete(next);
    next.run();
    return true;
  }
}

type Start = (callback: () => void, ms: number) => unknown;

/** The global timers, which a runner has faked. */
export class RunnerTime implements Time {
  readonly #runner: RunnerTimers;
  /** What was due while frozen. */
  readonly #late = new Set<{ id: unknown; run: () => void }>();
  #isFrozen = false;

  constructor(runner: RunnerTimers) {
    this.#runner = runner;
  }

  /** Whether the global timers are fake ones. */
  static isFake(): boolean {
    return "clock" in globalThis.setTimeout;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  set isFrozen(isFrozen: boolean) {
    this.#isFrozen = isFrozen;
    if (isFrozen) return;
    for (const timer of this.#late) timer.id = this.#start(timer.run, 0);
    this.#late.clear();
  }

  now(): number {
    return Date.now();
  }

  setTimeout(callback: (...args: never[]) => void, ms: number, ...args: unknown[]): object {
    const run = () => {
      if (this.#isFrozen) this.#late.add(timer);
      else callback(...(args as never[]));
    };
    const timer = { id: this.#start(run, ms), run };
    return timer;
  }

  clearTimeout(timer: unknown): void {
    const { id } = (timer ?? {}) as { id?: number };
    this.#late.delete(timer as never);
    globalThis.clearTimeout(id);
  }

  async step(end: number): Promise<boolean> {
    // The runner goes to the next timer, whenever that is: one of ours makes sure that it is not later than `end`.
    let isEnd = false;
    const last = () => {
      isEnd = true;
    };
    const id = this.#start(last, Math.max(0, end - this.now()));
    await this.#runner.advanceTimersToNextTimerAsync();
    globalThis.clearTimeout(id as number);
    return !isEnd;
  }

  #start(callback: () => void, ms: number): unknown {
    return (globalThis.setTimeout as Start)(callback, ms);
  }
}
