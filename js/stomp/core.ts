// A conversation in STOMP: what is subscribed to, what is under way, and what may still leave over which connection.

import { check } from "../check.js";
import { copyOf, sizeOf } from "../codec.js";
import { Core } from "../core.js";
import { DropError, type TautlineError } from "../errors.js";
import { SocketEvent } from "../events.js";
import type { Link } from "../link.js";
import type { WaitOptions } from "../options.js";
import type { Entry } from "../outbox.js";
import { now } from "../transport/clock.js";
import { wait } from "../wait.js";
import { DROPS } from "../wire.js";
import { StompError } from "./error.js";
import { type Fields, frame } from "./frame.js";
import { StompLink } from "./link.js";
import { StompMessage } from "./message.js";
import type { FrameOptions, StompHeaders } from "./options.js";
import { FRAME, type StompSettings } from "./settings.js";
import type { StompSubscription } from "./subscription.js";
import type { REFUSALS, VERBS } from "./wire.js";

/** The place of `acknowledgement` in AWAITS. */
const ACKNOWLEDGEMENT = 3;
/** What the engine answers to a message that it takes, and from where on it drops it, by the places of DROPS. */
const QUEUED = 1;
const DROPPED = 2;
/** The place of `closed` in DROPS. */
const CLOSED = 2;
/** The ticket of DISCONNECT, whose receipt a goodbye waits for: src/subprotocol/stomp/machine.rs. */
const DISCONNECT = 2 ** 32 - 1;
/** So much a head takes, about. */
const HEAD_BYTES = 64;

/** A frame that has not left yet, or may have to leave again. */
export interface Draft {
  readonly verb: (typeof VERBS)[number];
  readonly fields: Fields;
  readonly body?: string | BufferSource | undefined;
  /** The connection that it belongs to; undefined is any. */
  readonly bound?: number | undefined;
  readonly receipt?: boolean | undefined;
}

export class StompCore extends Core<StompSettings> {
  /** The place in VERSIONS of the last connection's version. */
  version = 0;
  /** What the broker said in CONNECTED. */
  connected: StompHeaders | undefined;
  /** By what MESSAGE calls them. */
  readonly subscriptions = new Map<string, StompSubscription>();
  /** Messages that have left and await their receipts, and when they left. */
  readonly awaited = new Map<number, number>();
  /** Which of them measures the round trip. */
  #measuring = 0;
  /** What alone may have been meant by the last ERROR that named nothing. */
  suspect: string | undefined;
  /** How many there have been. */
  subscribed = 0;
  transactions = 0;
  declare link: StompLink | undefined;

  protected connect(): Link {
    return new StompLink(this);
  }

  /** The number of the connection that is open, or undefined. */
  get generation(): number | undefined {
    return this.state.name === "open" ? this.link?.generation : undefined;
  }

  /** Writes a frame for the connection that is there. */
  write({ verb, fields, body, bound }: Draft, receipt?: number): string | BufferSource {
    if (bound !== undefined && bound !== this.generation) throw new StompError("stale");
    return frame(verb, { receipt, ...fields }, this.version, body);
  }

  /** A message leaves; undefined if it must not. */
  leave(ticket: number): string | BufferSource | undefined {
    if (ticket === DISCONNECT) return "DISCONNECT\nreceipt:4294967295\n\n\0";
    const draft = this.outbox.leave(ticket) as unknown as Draft | undefined;
    if (!draft) return undefined;
    try {
      const data = this.write(draft, draft.receipt ? ticket : undefined);
      if (draft.receipt) {
        // One that was given up measures no more.
        if (!this.awaited.has(this.#measuring)) this.#measuring = ticket;
        this.awaited.set(ticket, now());
      }
      return data;
    } catch (error) {
      this.link?.engine.withdraw(ticket);
      const reject = this.take(ticket)?.reject;
      if (reject) reject(error as TautlineError);
      else this.fire(new SocketEvent("drop", { message: draft, error }));
      return undefined;
    }
  }

  /** Sends a frame without a receipt. */
  post(draft: Draft): "sent" | "queued" | "dropped" {
    const { link } = this;
    if (this.state.name === "open" && link) {
      const data = this.write(draft);
      if (link.engine.pass(data, sizeOf(data) as number)) return "sent";
    }
    const entry = this.#entry(draft, false);
    if (!this.#hand(this.outbox.next(), entry)) return "dropped";
    return entry.sent ? "sent" : "queued";
  }

  /** Sends a frame, and resolves when the broker has processed it. */
  settle(draft: Draft, { timeout, signal }: WaitOptions = {}, repeats = false): Promise<void> {
    return wait({ timeout, signal }, (resolve, reject) => {
      const ticket = this.outbox.next();
      const entry = this.#entry({ ...draft, receipt: true }, repeats);
      Object.assign(entry, { resolve, reject });
      this.#hand(ticket, entry);
      return () => {
        this.link?.engine.withdraw(ticket);
        this.take(ticket);
      };
    });
  }

  /** What belongs to a connection is sent now or never. */
  send(draft: Draft, options: FrameOptions, repeats = false) {
    const { bound } = draft;
    if (bound !== undefined && bound !== this.generation) throw new StompError("stale");
    const all = { ...draft, receipt: options.receipt || repeats };
    if (options.receipt) return this.settle(all, options, repeats);
    if (!repeats) return this.post(all);
    const entry = this.#entry(all, true);
    return this.#hand(this.outbox.next(), entry) ? (entry.sent ? "sent" : "queued") : "dropped";
  }

  #entry(draft: Draft, repeats: boolean): Entry {
    const { body = "" } = draft;
    // A queued message stays as it was.
    const data = { ...draft, body: copyOf(body) } as never;
    const awaits = draft.receipt ? ACKNOWLEDGEMENT : 0;
    return { message: draft, data, key: undefined, quiet: false, sent: false, awaits, repeats };
  }

  /** Hands a message to the engine; false if it was dropped at once. */
  #hand(ticket: number, entry: Entry): boolean {
    const { engine } = this.link ?? {};
    const { awaits, repeats } = entry;
    // A listener of drops that sends again would otherwise be called for ever.
    entry.quiet = this.firing === "drop";
    this.outbox.put(ticket, entry);
    const size = HEAD_BYTES + (sizeOf((entry.data as unknown as Draft).body) as number);
    const fate = engine?.enqueue(ticket, size, 0, 0, awaits, repeats, 0) ?? 0;
    const isTaken = this.link && fate === QUEUED;
    if (!isTaken) this.dropped(ticket, this.link ? fate - DROPPED : CLOSED);
    entry.quiet = false;
    return !!isTaken;
  }

  /** A message is over. */
  take(ticket: number): Entry | undefined {
    this.awaited.delete(ticket);
    return this.outbox.take(ticket);
  }

  /** The broker has processed the message of this ticket, if it is one. */
  receipt(ticket: number): void {
    const left = this.awaited.get(ticket);
    if (left === undefined && ticket !== DISCONNECT) return;
    const time = now();
    const roundTrip = left !== undefined && ticket === this.#measuring ? time - left : -1;
    this.link?.tell((session, id) => {
      if (session.stomp_receipt(id, time, ticket, roundTrip))
        this.take(ticket)?.resolve?.(undefined);
    });
  }

  /** The broker has refused what has this receipt. */
  refused(receipt: string | undefined, error: StompError): void {
    let name = receipt;
    if (!name) {
      // RabbitMQ does not say which. Where one thing alone waits for its receipt it may be that, or the broker goes away;
      // where that happens again with the same thing, it is that.
      const names = [...this.awaited.keys()].map(String);
      for (const { isUnconfirmed, name } of this.subscriptions.values())
        if (isUnconfirmed) names.push(`s${name}`);
      const sole = names.length === 1 ? names[0] : undefined;
      if (sole === this.suspect) name = sole;
      this.suspect = sole;
    }
    if (!name) return;
    if (name[0] === "s") this.subscriptions.get(name.slice(1))?.end(error);
    else
      this.link?.tell((session, id) => {
        const ticket = Number(name);
        if (this.awaited.has(ticket) && session.stomp_receipt(id, now(), ticket, -1))
          this.take(ticket)?.reject?.(error);
      });
  }

  dropped(ticket: number, reason: number): void {
    const entry = this.take(ticket);
    if (!entry) return;
    const { message, sent, reject, quiet } = entry;
    const error = new DropError(DROPS[reason] as "closed", sent);
    if (reject) reject(error);
    else if (!quiet) this.fire(new SocketEvent("drop", { message, error }));
  }

  /** The hot path of receiving. */
  deliver(
    subscription: StompSubscription | undefined,
    generation: number,
    headers: StompHeaders,
    body: Uint8Array<ArrayBuffer>,
  ): void {
    const message = new StompMessage(this, subscription, generation, headers, body);
    if (subscription) subscription.deliver(message);
    else this.fire(new SocketEvent("message", { message }));
  }

  /** Tells the broker what became of a message. */
  acknowledge(verb: "ACK" | "NACK", message: StompMessage, options: FrameOptions) {
    const { generation, headers } = message;
    check(options, FRAME, "options");
    const { transaction } = options;
    transaction?.alive();
    const refusal = this.#refusal(verb, message);
    if (refusal) throw new StompError(refusal);
    message.isSettled = true;
    const fields =
      this.version > 1
        ? { id: headers.ack }
        : { "message-id": headers["message-id"], subscription: headers.subscription };
    const draft = { verb, fields: { ...fields, ...transaction?.fields }, bound: generation };
    return this.send(draft, options);
  }

  /** Why a message cannot be acknowledged; otherwise it counts as acknowledged. */
  #refusal(
    verb: "ACK" | "NACK",
    { generation, isSettled, number, subscription }: StompMessage,
  ): (typeof REFUSALS)[number] | undefined {
    if (isSettled) return "settled";
    if (!subscription || subscription.isOver || generation !== this.generation) return "stale";
    const { ack } = subscription;
    if (ack === "auto") return ack;
    if (verb === "NACK" && !this.version) return "unsupported";
    if (ack === "client") {
      if (number <= subscription.settled) return "settled";
      subscription.settled = number;
    }
    return undefined;
  }
}
