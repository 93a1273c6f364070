// A conversation of plain messages: who listens, codec and schema, what is sent and what becomes of it.

import { check } from "./check.js";
import { Raw, sizeOf } from "./codec.js";
import { Core } from "./core.js";
import { CodecError, DropError, type TautlineError } from "./errors.js";
import { report, SocketEvent } from "./events.js";
import { MessageLink } from "./message-link.js";
import { SEND, type Settings } from "./message-settings.js";
import type { SendOptions } from "./options.js";
import type { Entry } from "./outbox.js";
import { validate } from "./schema.js";
import { scope } from "./scope.js";
import type { State } from "./state.js";
import { DROPS } from "./wire.js";

interface Subscriber {
  listener: ((message: unknown) => void) | undefined;
}

/** The place of `timeout` in DROPS. */
const TIMEOUT = 6;
/** Places in AWAITS. */
export const CONFIRMATION = 1;
export const REPLY = 2;
/** The place in PROGRESS of what was sent over the connection that is there. */
const SENT = 1;

export class Messages extends Core<Settings> {
  /** Who listens to `message` events, with what to do when they no longer do: without them no event is built. */
  readonly heard = new Map<unknown, () => void>();
  readable: ReadableStream<unknown> | undefined;
  writable: WritableStream<unknown> | undefined;
  /** The iterators that make the server wait where they can. */
  readonly slow = new Set<unknown>();
  #subscribers: readonly Subscriber[] = [];
  /** Whether messages go to the codec as they are. */
  readonly #isPlain = !this.settings.sends && !this.settings.repeats;
  /** What the ids of stamped messages begin with, and how many there were. */
  #name = "";
  #stamped = 0;

  protected connect(): MessageLink {
    return new MessageLink(this);
  }

  override enter(state: State, error?: TautlineError): void {
    if ([state.name, this.state.name].includes("closed")) this.readable = this.writable = undefined;
    super.enter(state, error);
  }

  subscribe(listener: (message: unknown) => void): () => void {
    const subscriber: Subscriber = { listener };
    this.#subscribers = [...this.#subscribers, subscriber];
    return () => {
      subscriber.listener = undefined;
      this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
    };
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
      this.target?.dispatchEvent(new MessageEvent("message", { data: message }));
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
    const quiet = this.firing === "drop";
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
}
