// What a conversation holds through all its engines: state, listeners, what is under way, figures. Connection is its
// public side, Link the side towards an engine. What the conversation is about is not known here: messages.ts is that of
// plain messages.

import { sizeOf } from "./codec.js";
import { InternalError, TautlineError } from "./errors.js";
import { report, SocketEvent } from "./events.js";
import type { Link } from "./link.js";
import { type Entry, Outbox } from "./outbox.js";
import { scope } from "./scope.js";
import type { BaseSettings } from "./settings.js";
import type { Cause, State } from "./state.js";
import { now } from "./transport/clock.js";
import { STATS } from "./wire.js";

/** The counters among the figures come first; they add up over engines. */
const COUNTERS = 7;
/** The place of `lostAt` in OPTIONS. */
const LOST_AT = 21;
/** What the engine answers to a message that it takes, and from where on it drops it, by the places of DROPS. */
const QUEUED = 1;
const DROPPED = 2;
/** The place of `closed` in DROPS. */
export const CLOSED = 2;
/** Places in COMMANDS. */
const PAUSE = 2;
const RESUME = 3;
/** What the log shows of a state: a reason of the server may hold anything, and stays out. */
const SHOWN = ["name", "attempt", "until", "why", "cause", "kind", "code"];

export abstract class Core<S extends BaseSettings = BaseSettings> {
  state: State = { name: "idle" };
  lastClose: Cause | undefined;
  lastError: TautlineError | undefined;
  link: Link | undefined;
  isDisposed = false;
  /** Who hears of it; there is one from the first event on. */
  target: EventTarget | undefined;
  /** The type of the event that is being dispatched, if one is. */
  firing = "";
  readonly outbox = new Outbox();
  /** Who waits for new credentials. */
  readonly renewals = new Set<(error?: TautlineError) => void>();
  /** Who wants no connection for now: iterators that are full and, by itself, the socket after pause(). */
  readonly holds = new Set<unknown>();
  /** Over streams: the iterators that are full. */
  readonly full = new Set<unknown>();
  readonly url: unknown;
  readonly settings: S;
  readonly #watchers = new Set<() => void>();
  #events: SocketEvent[] = [];
  #lostAt = 0;
  #past = STATS.map((name) => (name.startsWith("latency") ? Number.NaN : 0));

  constructor(url: unknown, settings: S) {
    this.url = url;
    this.settings = settings;
  }

  /** Makes the side towards a new engine. */
  protected abstract connect(): Link;

  /** Tells whoever waits for a message that it was given up, for the reason at this place of DROPS. */
  abstract dropped(ticket: number, reason: number, progress: number): void;

  /** Makes a new engine, which does not dial yet. */
  start(): void {
    const { numbers, rules, signal } = this.settings;
    this.#retire(this.link);
    const link = this.connect();
    this.link = link;
    numbers.forEach((value, option) => {
      link.engine.set(option, value);
    });
    link.engine.set(LOST_AT, this.#lostAt);
    for (const rule of rules) link.engine.rule(...rule);
    signal?.addEventListener("abort", this.abort);
  }

  readonly abort = (): void => {
    this.link?.engine.command(4);
  };

  /** The one place that writes the state. */
  enter(state: State, error?: TautlineError): void {
    const { state: previous, link } = this;
    this.state = state;
    if (previous.name === "open") this.#lostAt = now();
    if (error || state.name === "open") this.lastError = error;
    for (const look of [...this.#watchers]) look();
    // A connection that has opened has brought new credentials.
    if (state.name === "open") this.renewed();
    if (state.name === "closed") this.renewed(this.closure());
    const events = [new SocketEvent("state", { state, previous })];
    if (error) events.push(new SocketEvent("error", { error }));
    if (state.name === "closed") {
      const { why, cause } = state;
      const { code = 1006, reason = "", wasClean = false } = cause ?? {};
      events.push(new SocketEvent("close", { why, cause, code, reason, wasClean }));
      // The engine is still on the stack, and may have more to tell: even that it goes on, if it was asked to
      // reconnect before this was known.
      scope.queueMicrotask(() => {
        if (this.link === link && this.state !== state) return;
        this.#retire(link);
        link?.engine.free();
      });
    }
    this.fire(...events);
  }

  /** The engine is lost: nothing more will come from it. */
  lose(link: Link, error: unknown): void {
    if (this.link !== link) return;
    this.#leave();
    // Listeners may begin anew: what they send is not lost.
    const tickets = this.outbox.tickets();
    if (this.state.name !== "closed") {
      const lost: State = { name: "closed", why: "internal", cause: undefined };
      this.enter(lost, new InternalError("internal", error));
    }
    for (const ticket of tickets) this.dropped(ticket, CLOSED, 0);
  }

  #retire(link: Link | undefined): void {
    if (!link || this.link !== link) return;
    this.#past = this.stats();
    this.#leave();
  }

  #leave(): void {
    this.link = undefined;
    this.settings.signal?.removeEventListener("abort", this.abort);
  }

  stats(): number[] {
    return this.#past.map((past, index) => {
      const now = this.link?.engine.stat(index) ?? past;
      // What the new engine has not measured yet is as it was.
      return Number.isNaN(now) ? past : index < COUNTERS && this.link ? past + now : now;
    });
  }

  /** Calls `done` once, now or as soon as the state has one of these names, and before the events. */
  once(names: State["name"][], done: (name: State["name"]) => void): () => void {
    const look = () => {
      const { name } = this.state;
      if (names.includes(name)) {
        cancel();
        done(name);
      }
    };
    const cancel = () => {
      this.#watchers.delete(look);
    };
    this.#watchers.add(look);
    look();
    return cancel;
  }

  /** Dispatches events in the order in which they arose, also those that listeners cause. */
  fire(...events: SocketEvent[]): void {
    this.#events.push(...events);
    if (this.firing) return;
    // The loop sees what is pushed meanwhile.
    for (const event of this.#events) {
      const { type, error, state } = event;
      if (error) this.log("warn", `${type}: ${error.message}`);
      if (state) this.log("info", JSON.stringify(state, SHOWN));
      this.firing = type;
      this.target?.dispatchEvent(event);
    }
    this.#events = [];
    this.firing = "";
  }

  fail(error: TautlineError): void {
    this.lastError = error;
    this.fire(new SocketEvent("error", { error }));
  }

  log(level: "debug" | "info" | "warn", line: string): void {
    try {
      this.settings.logger?.[level]?.(`tautline: ${line}`);
    } catch (error) {
      report(error);
    }
  }

  hold(who: unknown): void {
    if (this.settings.streams && who !== this && this.link?.native?.resume) {
      this.full.add(who);
    } else {
      this.holds.add(who);
      this.link?.engine.command(PAUSE);
    }
  }

  /** The last one to let go ends the pause. */
  release(who: unknown): void {
    if (this.full.delete(who) && !this.full.size) this.link?.native?.resume?.();
    if (this.holds.delete(who) && !this.holds.size) this.link?.engine.command(RESUME);
  }

  /** Hands a message to the engine; false if it was dropped at once. */
  enqueue(ticket: number, entry: Entry, ttl = 0, timeout = 0): boolean {
    const key = this.outbox.put(ticket, entry);
    const size = sizeOf(entry.data) as number;
    const { awaits, repeats } = entry;
    const { engine } = this.link ?? {};
    const fate = engine?.enqueue(ticket, size, ttl, key, awaits, repeats, timeout) ?? 0;
    if (this.link && fate === QUEUED) return true;
    this.dropped(ticket, this.link ? fate - DROPPED : CLOSED, 0);
    return false;
  }

  /** New credentials were accepted, or will not be. */
  renewed(error?: TautlineError): void {
    for (const settle of [...this.renewals]) settle(error);
  }

  /** Why the socket is closed, for whoever waits for something else. */
  closure(): TautlineError {
    return new TautlineError(
      "closed",
      this.lastError ?? this.lastClose ?? this.settings.signal?.reason,
    );
  }
}
