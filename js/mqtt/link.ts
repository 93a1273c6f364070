// The side of MQTT towards its engine: packets in and out, and what the machine tells.

import type { Frame } from "../codec.js";
import { ProviderError, TautlineError } from "../errors.js";
import { SocketEvent } from "../events.js";
import { CREDENTIALS, call, Link } from "../link.js";
import type { DialContext, RestoreInfo } from "../options.js";
import { scope } from "../scope.js";
import { now } from "../transport/clock.js";
import type { Exports } from "../transport/module.js";
import type { MqttCore } from "./core.js";
import { accepted, faultOf, MqttError } from "./error.js";
import type { MqttExports } from "./exports.js";
import { fieldsOf, type Lengths, textOf, view, write } from "./memory.js";
import type { Connack, Credentials, Properties } from "./options.js";
import { messageProperties, read } from "./properties.js";

// What the machine tells, by the numbers of src/js/mqtt_event.rs.
const MESSAGE = 0;
const CONNECTED = 1;
const REFUSED = 2;
const CHALLENGED = 3;
const ACKNOWLEDGED = 4;
const SESSION_LOST = 5;
const UNSENDABLE = 6;
const SUBSCRIBED = 7;
const UNSUBSCRIBED = 8;
const DISCONNECTED = 9;
const VIOLATED = 10;

/** What `hear` says. */
const DISCARD = 1;
const TOO_LARGE = 2;
const TAKEN = 3;
/** An answer to any question: it failed. */
const FAILED = 3;
/** Reason codes of the broker that name another one. */
const USE_ANOTHER_SERVER = 0x9c;
const SERVER_MOVED = 0x9d;

type Fields = [number, number, number, number, number, number, number];

const NONE: Properties = {};

export class MqttLink extends Link<MqttCore> {
  #generation = 0;
  #context: DialContext | undefined;
  /** Topics that came lately, as the machine numbers them. */
  readonly #topics: [number: number, text: string][] = [];
  #fields: Float64Array | undefined;
  /** The browser's class takes a copy at once. One of the user's own may read a frame later, when memory has changed. */
  readonly #isForeign = this.core.settings.WebSocket !== scope.WebSocket;

  protected async step(
    question: number,
    generation: number,
    context: DialContext,
    { signal }: RestoreInfo,
  ): Promise<unknown> {
    if (question !== CREDENTIALS) return false;
    const { core } = this;
    const { credentials, auth } = core.settings;
    this.#generation = generation;
    this.#context = context;
    const given = (await call(credentials, context)) as Credentials | undefined;
    const data = await auth?.start?.(context);
    if (signal.aborted) return true;
    this.failure = undefined;
    this.engine.call((session, id) => {
      const exports = session as MqttExports;
      const { username, password } = { ...given };
      const [u, p, d] = write(exports, id, username, password, data) as Lengths;
      accepted(exports.authenticate(id, now(), generation, u, p, d));
    });
    return true;
  }

  hear(session: Exports, id: number, generation: number, data: Frame): number {
    const exports = session as MqttExports;
    const length = typeof data === "string" ? 0 : data.byteLength;
    if (!length) {
      // Packets come in binary frames: what a text says does not matter.
      const heard = exports.heard(id, generation, length);
      if (heard || typeof data !== "string") return heard || DISCARD;
      exports.arrived(id, now(), generation, true);
      return TAKEN;
    }
    const at = exports.arriving(id, generation, length);
    if (at < 2) return at ? TOO_LARGE : DISCARD;
    view(exports, at, length).set(new Uint8Array(data as ArrayBuffer));
    exports.arrived(id, now(), generation, false);
    this.core.changed();
    return TAKEN;
  }

  frame(session: Exports, id: number): Uint8Array<ArrayBuffer> {
    const [at, length] = this.#read(session, id);
    const frame = view(session as MqttExports, at, length);
    return this.#isForeign ? frame.slice() : frame;
  }

  take(ticket: number): unknown {
    const { outbox } = this.core;
    const publication = this.core.published.get(ticket);
    if (outbox.leave(ticket) === undefined || !publication) return undefined;
    // It leaves with the next frame.
    this.engine.call((session, id) => {
      const exports = session as MqttExports;
      const { topic, payload, flags, expiry, since } = publication;
      const properties = messageProperties(publication.options);
      const [t, q, p] = write(exports, id, topic, properties, payload) as Lengths;
      const time = now();
      const waited = Math.floor((time - since) / 1_000);
      // What has left once goes on however late it is.
      const left = expiry < 0 ? expiry : Math.max(expiry - waited, 1);
      exports.message(id, time, ticket, t, q, p, flags, left);
    });
    if (!(publication.flags & 3)) this.core.published.delete(ticket);
    return undefined;
  }

  /** Sends the frame that the machine has written, at once. */
  send(session: Exports, id: number): void {
    try {
      this.native?.send(this.frame(session, id));
    } catch {
      // What a class of the user's own throws must not reach the session.
    }
  }

  // Frames are the machine's to read, and its heartbeat is.
  receive(): number {
    return 0;
  }
  replied(): void {}
  ping(): undefined {}
  pong(): undefined {}

  /** The fields of what was polled, read anew only where memory has grown. */
  #read(session: Exports, id: number): Fields {
    const { memory } = session as MqttExports;
    if (this.#fields?.buffer !== memory.buffer) this.#fields = fieldsOf(session as MqttExports, id);
    return this.#fields as unknown as Fields;
  }

  event(session: Exports, id: number): void {
    const exports = session as MqttExports;
    const { core } = this;
    if (this.#read(session, id)[0] === MESSAGE) {
      this.#message(exports);
      return;
    }
    const [kind, at, length, a, b] = this.#read(session, id);
    const properties = read(exports, at, length);
    const { reasonString, userProperties } = properties;
    switch (kind) {
      case CONNECTED: {
        core.clientId = properties.clientId ?? core.clientId;
        core.connack = { ...properties, sessionPresent: !!a } as Connack;
        core.changed();
        core.fire(new SocketEvent("connack", core.connack));
        break;
      }
      case REFUSED:
      case DISCONNECTED:
        if (a === USE_ANOTHER_SERVER || a === SERVER_MOVED) {
          core.refer(properties.serverReference, a === SERVER_MOVED);
        }
        if (a >= 0x80) core.fail(new MqttError(a, reasonString));
        break;
      case VIOLATED:
        core.fail(
          b ? violation(a, b) : new MqttError(a, undefined, "the broker broke the protocol"),
        );
        break;
      case CHALLENGED:
        this.#answer(properties.authenticationData);
        break;
      case ACKNOWLEDGED:
        if (a >= 0x80) core.refused(b, new MqttError(a, reasonString));
        else core.acknowledged(b, { reasonCode: a, reasonString, userProperties });
        break;
      case SESSION_LOST:
        core.refused(b, new TautlineError("unconfirmed"));
        break;
      case UNSENDABLE:
        core.refused(b, faultOf(a));
        break;
      case SUBSCRIBED: {
        const members = [...(core.routes.get(b)?.members ?? [])];
        if (a >= 0x80) core.fail(new MqttError(a, reasonString));
        for (const member of members) member.answered(a, properties);
        break;
      }
      case UNSUBSCRIBED: {
        const route = core.routes.get(b);
        core.routes.delete(b);
        for (const member of [...(route?.members ?? [])]) member.ended(undefined);
        core.leaving.get(b)?.();
        core.leaving.delete(b);
      }
    }
  }

  /** The hot path of receiving: places are read one by one, because taking a list apart is slow. */
  #message(exports: MqttExports): void {
    const fields = this.#fields as Float64Array;
    const field = (place: number) => fields[place] as number;
    const flags = field(3);
    const packet = field(4);
    const place = field(9);
    const number = field(10);
    const count = field(11);
    const payload = view(exports, field(5), field(6)).slice();
    let topic: string;
    const known = this.#topics[place];
    if (number && known?.[0] === number) topic = known[1];
    else {
      topic = textOf(view(exports, field(7), field(8)));
      if (number) this.#topics[place] = [number, topic];
    }
    const numbers =
      count > 1
        ? Array.from(new Uint32Array(exports.memory.buffer, field(13), count))
        : count
          ? [field(12)]
          : [];
    const length = field(2);
    const properties = length ? read(exports, field(1), length) : NONE;
    const { core, engine } = this;
    const isManual = packet && core.settings.acknowledge === "manual";
    const acknowledge = isManual
      ? () =>
          core.link === this &&
          !!engine.call((session, id) => (session as MqttExports).acknowledge(id, packet))
      : undefined;
    core.deliver(numbers, topic, payload, flags, properties, acknowledge);
  }

  async #answer(challenge: Uint8Array<ArrayBuffer> | undefined): Promise<void> {
    const generation = this.#generation;
    const signal = this.#context?.signal;
    try {
      const data = await this.core.settings.auth?.answer?.(challenge);
      if (signal?.aborted) return;
      this.engine.call((session, id) => {
        const exports = session as MqttExports;
        const [length] = write(exports, id, data) as [number];
        accepted(exports.answer_challenge(id, now(), generation, length));
      });
    } catch (error) {
      if (signal?.aborted) return;
      this.failure = new ProviderError("provider", error);
      this.core.fail(this.failure);
      this.engine.answer(generation, FAILED, 0);
    }
  }
}

/** The broker broke the protocol in a way that the machine numbers. */
const violation = (reason: number, number: number): MqttError => {
  const { message } = faultOf(number - 1);
  return new MqttError(reason, undefined, `the broker broke the protocol: ${message.slice(6, -7)}`);
};
