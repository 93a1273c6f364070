// A conversation with a broker: subscriptions, and messages whose fate somebody waits for.

import { Core } from "../core.js";
import { DropError, type TautlineError } from "../errors.js";
import { report, SocketEvent } from "../events.js";
import { call } from "../link.js";
import { resolveUrl } from "../url.js";
import { DROPS } from "../wire.js";
import { fits, type PayloadCodec } from "./codec.js";
import { configure } from "./configure.js";
import { MqttLink } from "./link.js";
import { MqttMessage } from "./message.js";
import type { Connack, MqttResult, Properties } from "./options.js";
import type { Publication } from "./publish.js";
import type { MqttSettings } from "./settings.js";
import type { Member, Route } from "./subscription.js";

export class MqttCore extends Core<MqttSettings> {
  /** Subscriptions by the machine's number. */
  readonly routes = new Map<number, Route>();
  /** Who waits for the end of a subscription, by the same. */
  readonly leaving = new Map<number, () => void>();
  /** What is on its way, by ticket; the payload is in the outbox. */
  readonly published = new Map<number, Publication>();
  /** What the broker has granted on the connection that was accepted last. */
  connack: Connack | undefined;
  /** Where the broker has sent us. */
  #reference: string | undefined;
  #isMoved = false;
  /** The client identifier in use. */
  clientId = this.settings.clientId ?? "";
  /** While a store is asked: what is kept comes before anything new. */
  loading: Promise<void> | undefined;
  /** Who subscribes as soon as that is done. */
  readonly early = new Set<Member>();
  /** How many messages were handed in and settled: what is kept changes with it. */
  handed = 0;
  /** To be called where what a store keeps may have changed. */
  changed: () => void = () => {};

  constructor(url: unknown, settings: MqttSettings) {
    const asked = (context: unknown) => this.redirected(call(url, context));
    super(settings.followRedirects ? asked : url, settings);
  }

  protected connect(): MqttLink {
    return new MqttLink(this);
  }

  override start(): void {
    super.start();
    try {
      this.configure();
    } catch (error) {
      this.link?.engine.free();
      throw error;
    }
    // A new machine knows nothing of the old one's.
    const members = [...this.routes.values()].flatMap(({ members }) => [...members]);
    this.routes.clear();
    for (const member of members) member.subscribe();
  }

  configure(): void {
    configure(this);
  }

  /** The broker names another server: for the next connection, or for good. */
  refer(reference: string | undefined, isMoved: boolean): void {
    // The first of a list, MQTT 5.0, section 4.11.
    [this.#reference] = reference?.split(" ") ?? [];
    this.#isMoved = isMoved;
  }

  /** Where to dial in the place of an address. */
  async redirected(given: unknown): Promise<unknown> {
    const address = await given;
    const reference = this.#reference;
    if (!reference) return address;
    if (!this.#isMoved) this.#reference = undefined;
    if (/^wss?:/.test(reference)) return reference;
    const [url] = resolveUrl(address);
    // A host, with or without a port: path and scheme stay as they are.
    url.port = "";
    url.host = reference;
    return url;
  }

  /** The side towards the engine, by the kind that it is. */
  get mqtt(): MqttLink | undefined {
    return this.link as MqttLink | undefined;
  }

  dropped(ticket: number, reason: number): void {
    this.#forget(ticket);
    const entry = this.outbox.take(ticket);
    if (!entry) return;
    const { message, sent, reject, quiet } = entry;
    this.#lose(message, new DropError(DROPS[reason] as "closed", sent), reject, quiet);
  }

  /** A message is settled by something that the broker, or the machine, says. */
  refused(ticket: number, error: TautlineError): void {
    this.#forget(ticket);
    const { message, reject, quiet = false } = this.outbox.take(ticket) ?? {};
    if (message) this.#lose(message, error, reject, quiet);
  }

  /** The broker has taken it. */
  acknowledged(ticket: number, result: MqttResult): void {
    this.#forget(ticket);
    this.outbox.take(ticket)?.resolve?.(result);
  }

  #forget(ticket: number): void {
    this.published.delete(ticket);
    this.handed++;
    this.changed();
  }

  #lose(
    message: unknown,
    error: TautlineError,
    reject: ((error: TautlineError) => void) | undefined,
    quiet: boolean,
  ): void {
    reject?.(error);
    if (!quiet) this.fire(new SocketEvent("drop", { message, error }));
  }

  withdraw(ticket: number): void {
    this.link?.engine.withdraw(ticket);
    this.outbox.take(ticket);
    this.#forget(ticket);
  }

  /** The codec of a topic by the option `codecs`. */
  codecOf(topic: string): PayloadCodec<never> | undefined {
    const { codecs = {} } = this.settings;
    for (const filter in codecs) if (fits(topic, filter)) return codecs[filter];
    return undefined;
  }

  /** Hands a message to those who have subscribed, each with its codec. */
  deliver(
    numbers: readonly number[],
    topic: string,
    payload: Uint8Array<ArrayBuffer>,
    flags: number,
    properties: Properties,
    acknowledge: (() => boolean) | undefined,
  ): void {
    // A codec is asked once, and what it made is shared.
    let last: PayloadCodec<never> | undefined | null = null;
    let made: MqttMessage | undefined;
    const make = (codec = this.codecOf(topic)): MqttMessage | undefined => {
      if (codec === last) return made;
      last = codec;
      made = undefined;
      try {
        const value = codec ? codec.decode(payload) : payload;
        made = new MqttMessage(topic, value, flags, properties, acknowledge);
      } catch (error) {
        this.fire(new SocketEvent("invalid", { topic, data: payload, error }));
      }
      return made;
    };
    for (const number of numbers) {
      for (const { codec, listeners } of this.routes.get(number)?.members ?? []) {
        const message = make(codec);
        if (!message) continue;
        for (const listener of [...listeners]) {
          try {
            listener(message as never);
          } catch (error) {
            report(error);
          }
        }
      }
    }
    if (!numbers.length) {
      // The broker has kept a subscription of an earlier client of this identifier.
      const message = make();
      if (message) this.fire(new SocketEvent("message", { message }));
    }
  }
}
