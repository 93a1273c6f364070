// What a socket holds through all its engines: state, listeners, queue, figures. Socket is its public side,
// Link the side towards an engine.

import { check } from "./check.js";
import { Raw, sizeOf } from "./codec.js";
import { CodecError, DropError, InternalError, TautlineError } from "./errors.js";
import { report, SocketEvent } from "./events.js";
import { Link } from "./link.js";
import type { SendOptions } from "./options.js";
import { type Entry, Outbox } from "./outbox.js";
import { validate } from "./schema.js";
import { scope } from "./scope.js";
import { SEND, type Settings } from "./settings.js";
import type { Cause, State } from "./state.js";
import { now } from "./transport/clock.js";
import { DROPS, STATS } from "./wire.js";

interface Subscriber {
  listener: ((message: unknown) => void) | undefined;
}

/** The counters among the figures come first; they add up over engines. */
const COUNTERS = 7;
/** The place of `lostAt` in OPTIONS. */
const LOST_AT = 21;
/** Where the engine's answer to a message is dropped, and counts on by the places of DROPS. */
const QUEUED = 1;
const DROPPED = 2;
const CLOSED = 2;
const TIMEOUT = 6;
/** Places in COMMANDS. */
const PAUSE = 2;
const RESUME = 3;
/** Places in AWAITS. */
export const CONFIRMATION = 1;
export const REPLY = 2;
/** The place in PROGRESS of what was sent over the connection that is there. */
const SENT = 1;
/** What the log shows of a state: a reason of the server may hold anything, and stays out. */
const SHOWN = ["name", "attempt", "until", "why", "cause", "kind", "code"];

export class Core {
  state: State = { name: "idle" };
  lastClose: Cause | undefined;
  lastError: TautlineError | undefined;
  link: Link | undefined;
  isDisposed = false;
  /** Who listens to `message` events, with what to do when they no longer do: without them no event is built. */
  readonly heard = new Map<unknown, () => void>();
  readonly outbox = new Outbox();
  /** Who waits for new credentials. */
  readonly renewals = new Set<(error?: TautlineError) => void>();
  /** Who wants no connection for now: iterators that are full and, by itself, the socket after pause(). */
  readonly holds = new Set<unknown>();
  /** Over streams: the iterators that are full. */
  readonly full = new Set<unknown>();
  readable: ReadableStream<unknown> | undefined;
  writable: WritableStream<unknown> | undefined;
  readonly url: unknown;
  readonly settings: Settings;
  readonly #target: EventTarget;
  readonly #watchers = new Set<() => void>();
  #events: SocketEvent[] = [];
  #subscribers: readonly Subscriber[] = [];
  #firing = "";
  #lostAt = 0;
  /** What the ids of stamped messages begin with, and how many there were. */
  #name = "";
  /** Whether messages go to the codec as they are. */
  readonly #isPlain: boolean;
  #stamped = 0;
  #past = STATS.map((name) => (name.startsWith("latency") ? Number.NaN : 0));

  constructor(target: EventTarget, url: unknown, settings: Settings) {
    this.#target = target;
    this.url = url;
    this.settings = settings;
    this.#isPlain = !settings.sends && !settings.repeats;
  }

  /** Makes a new engine, which does not dial yet. */
  start(): void {
    const { numbers, rules, signal } = this.settings;
    this.#retire(this.link);
    const link = new Link(this);
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
    if ([state.name, previous.name].includes("closed")) this.readable = this.writable = undefined;
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
    if (this.#firing) return;
    // The loop sees what is pushed meanwhile.
    for (const event of this.#events) {
      const { type, error, state } = event;
      if (error) this.log("warn", `${type}: ${error.message}`);
      if (state) this.log("info", JSON.stringify(state, SHOWN));
      this.#firing = type;
      this.#target.dispatchEvent(event);
    }
    this.#events = [];
    this.#firing = "";
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

  subscribe(listener: (message: unknown) => void): () => void {
    const subscriber: Subscriber = { listener };
    this.#subscribers = [...this.#subscribers, subscriber];
    return () => {
      subscriber.listener = undefined;
      this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
    };
  }

  hold(who: unknown): void {
    if (this.settings.streams && who !== this) {
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

  /** The hot path of receiving. */
  deliver(message: unknown): void {
    const subscribers = this.#subscribers;
    for (let i = 0; i < subscribers.length; i++) {
      try {
        const listener = subscribers[i]?.listener;
        if (listener) listener(message);
      } catch (error) {
        report(error);
      }
    }
    if (this.heard.size) {
      this.#target.dispatchEvent(new MessageEvent("message", { data: message }));
    }
  }

  /** Makes the frame of a message, marked by `mark` if it is given, or throws CodecError. */
  encode(message: unknown, mark?: (message: unknown) => unknown): string | BufferSource {
    let cause: unknown;
    try {
      const value = mark ? mark(message) : message;
      const data = value instanceof Raw ? value.data : this.settings.codec.encode(value);
      if (sizeOf(data) !== undefined) return data;
      cause = new TypeError("The codec gave neither text nor binary data");
    } catch (error) {
      cause = error;
    }
    throw new CodecError("encode", cause);
  }

  /** What the schema makes of a message, or throws SchemaError. */
  checked(message: unknown): unknown {
    const { sends } = this.settings;
    return sends && !(message instanceof Raw) ? validate(sends, message) : message;
  }

  /** The frame of a message that the application sends. */
  frame(message: unknown): string | BufferSource {
    const { repeats, stamp } = this.settings;
    const value = this.checked(message);
    if (!repeats || !stamp || value instanceof Raw) return this.encode(value);
    this.#name ||= scope.crypto.getRandomValues(new Uint32Array(2)).join("-");
    const id = `${this.#name}:${++this.#stamped}`;
    return this.encode(value, (message) => stamp(message, id));
  }

  /** The hot path of sending. */
  send(message: unknown, options?: SendOptions): "sent" | "queued" | "dropped" {
    if (options) check(options, SEND, "options");
    // A listener of drops that sends again would otherwise be called for ever.
    const quiet = this.#firing === "drop";
    let data: string | BufferSource;
    try {
      data = this.#isPlain ? this.encode(message) : this.frame(message);
    } catch (error) {
      if (!quiet) this.fire(new SocketEvent("drop", { message, error }));
      return "dropped";
    }
    // An engine that traps takes the link along, and then its answers mean nothing.
    const { repeats } = this.settings;
    if (!repeats && this.link?.engine.pass(data, sizeOf(data) as number) && this.link)
      return "sent";
    const entry = { message, data, key: options?.key, quiet, sent: false, awaits: 0, repeats };
    if (!this.enqueue(this.outbox.next(), entry, options?.ttl)) return "dropped";
    entry.quiet = false;
    return entry.sent ? "sent" : "queued";
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

  dropped(ticket: number, reason: number, progress: number): void {
    const entry = this.outbox.take(ticket);
    if (!entry || entry.quiet) return;
    const { message, sent, reject } = entry;
    const error = new DropError(DROPS[reason] as "closed", sent);
    if (reason === TIMEOUT) this.#cancel(ticket, entry, progress);
    if (reject) reject(error);
    else this.fire(new SocketEvent("drop", { message, error }));
  }

  /** Nobody waits for the fate of this message any more. */
  withdraw(ticket: number): void {
    const progress = (this.link?.engine.withdraw(ticket) ?? 0) - 1;
    this.#cancel(ticket, this.outbox.take(ticket), progress);
  }

  /** Tells the server, if it can have begun to carry out a request over this connection. */
  #cancel(ticket: number, entry: Entry | undefined, progress: number): void {
    const { cancel } = this.settings.requests ?? {};
    if (!cancel || entry?.awaits !== REPLY || progress !== SENT) return;
    try {
      this.send(cancel(ticket));
    } catch (error) {
      report(error);
    }
  }

  replied(ticket: number, message: unknown): void {
    const { receives } = this.settings;
    const { resolve, reject } = this.outbox.take(ticket) ?? {};
    try {
      resolve?.(receives ? validate(receives, message) : message);
    } catch (error) {
      reject?.(error as TautlineError);
    }
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
