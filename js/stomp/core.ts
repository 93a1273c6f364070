// A conversation in STOMP: what is subscribed to, what is under way, and what may still leave over which connection.

import { check } from "../check.js";
import { copyOf, sizeOf } from "../codec.js";
import { Core } from "../core.js";
import { DropError, type TautlineError } from "../errors.js";
import { SocketEvent } from "../events.js";
import type { Link } from "../link.js";
import type { WaitOptions } from "../options.js";
import type { Entry } from "../outbox.js";
import { wait } from "../wait.js";
import { DROPS } from "../wire.js";
import { StompError } from "./error.js";
import { type Fields, frame } from "./frame.js";
import { type StompExports, StompLink } from "./link.js";
import { StompMessage } from "./message.js";
import type { FrameOptions } from "./options.js";
import { FRAME, type StompSettings } from "./settings.js";
import type { StompSubscription } from "./subscription.js";
import { REFUSALS, VERBS } from "./wire.js";

/** The place of `acknowledgement` in AWAITS. */
const ACKNOWLEDGEMENT = 3;
/** What the engine answers to a message that it takes, and from where on it drops it, by the places of DROPS. */
const QUEUED = 1;
const DROPPED = 2;
/** The place of `closed` in DROPS. */
const CLOSED = 2;
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
  connected: Readonly<Record<string, string>> | undefined;
  /** By the numbers that the engine gives them. */
  readonly subscriptions = new Map<number, StompSubscription>();
  transactions = 0;
  declare link: StompLink | undefined;

  protected connect(): Link {
    const link = new StompLink(this);
    const { bits, heartbeat, maxMessageSize } = this.settings;
    const { outgoing, incoming, tolerance } = heartbeat ?? {};
    link.engine.call((exports, id) => {
      const options = [bits, outgoing, incoming, tolerance, maxMessageSize];
      options.forEach((value, option) => {
        if (value !== undefined) (exports as StompExports).stomp_set(id, option, value);
      });
    });
    // A new engine knows nothing of them.
    const all = [...this.subscriptions.values()];
    this.subscriptions.clear();
    this.link = link;
    for (const subscription of all) subscription.register();
    return link;
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
    const draft = this.outbox.leave(ticket) as unknown as Draft | undefined;
    if (!draft) return undefined;
    try {
      return this.write(draft, draft.receipt ? ticket : undefined);
    } catch (error) {
      this.link?.engine.withdraw(ticket);
      const reject = this.outbox.take(ticket)?.reject;
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
        this.outbox.take(ticket);
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

  dropped(ticket: number, reason: number): void {
    const entry = this.outbox.take(ticket);
    if (!entry) return;
    const { message, sent, reject, quiet } = entry;
    const error = new DropError(DROPS[reason] as "closed", sent);
    if (reject) reject(error);
    else if (!quiet) this.fire(new SocketEvent("drop", { message, error }));
  }

  /** The hot path of receiving. */
  deliver(
    id: number,
    number: number,
    generation: number,
    headers: string,
    body: Uint8Array<ArrayBuffer>,
  ): void {
    const subscription = this.subscriptions.get(id);
    const message = new StompMessage(this, subscription, number, generation, headers, body);
    if (subscription) subscription.deliver(message);
    else this.fire(new SocketEvent("message", { message }));
  }

  /** Tells the broker what became of a message. */
  acknowledge(verb: "ACK" | "NACK", message: StompMessage, options: FrameOptions) {
    const { generation, headers, number, subscription } = message;
    check(options, FRAME, "options");
    const { id = 0 } = subscription ?? {};
    const { transaction } = options;
    transaction?.alive();
    const isLatest = this.version > 1;
    // In a list, so that the engine's 0 is none.
    const refusal = message.isSettled
      ? "settled"
      : REFUSALS[
          (this.link?.engine.call((exports, engine) =>
            (exports as StompExports).stomp_settle(
              engine,
              VERBS.indexOf(verb),
              generation,
              id,
              number,
            ),
          ) ?? 1) - 1
        ];
    if (refusal) throw new StompError(refusal);
    message.isSettled = true;
    const fields = isLatest
      ? { id: headers.ack }
      : { "message-id": headers["message-id"], subscription: headers.subscription };
    const draft = { verb, fields: { ...fields, ...transaction?.fields }, bound: generation };
    return this.send(draft, options);
  }
}
