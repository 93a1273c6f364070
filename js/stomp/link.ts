// The side towards an engine that speaks STOMP: what frames say goes in, and frames are written when they leave.

import { type Frame, sizeOf } from "../codec.js";
import { report } from "../events.js";
import { CREDENTIALS, call, Link } from "../link.js";
import type { DialContext } from "../options.js";
import { now } from "../transport/clock.js";
import type { Exports } from "../transport/module.js";
import type { StompCore } from "./core.js";
import { StompError } from "./error.js";
import { type Fields, frame } from "./frame.js";
import { Parser, type ServerFrame, violate } from "./parser.js";
import { VERSIONS } from "./wire.js";

/** The exports that only the module of STOMP has: src/js/stomp.rs. */
export interface StompExports extends Exports {
  stomp_hears(id: number, generation: number): number;
  stomp_connected(
    id: number,
    now: number,
    generation: number,
    sends: number,
    wants: number,
    outgoing: number,
    incoming: number,
    tolerance: number,
  ): void;
  stomp_receipt(id: number, now: number, ticket: number, roundTrip: number): number;
  stomp_end(id: number, now: number, generation: number, action: number): void;
}

/** What `heard` says of a frame to hand on, and what we say of one that has been read. */
const DELIVER = 0;
const TAKEN = 3;
/** Places in RULES of ../wire.ts, and one that is none. */
const JITTER = 0;
const FINAL = 2;
const UNAUTHORIZED = 3;
const VIOLATED = 9;
/** So much of an ERROR's body is looked at. */
const LOOKED_AT = 1_024;
/**
 * Words of brokers that refuse credentials: RabbitMQ "Bad CONNECT", "Access refused"; ActiveMQ "User name or password is
 * invalid", "SecurityException"; Artemis "Unable to validate user", "Security error"; others "Authentication failed".
 */
const REFUSED = /bad connect|access|auth|credential|denied|login|passw|security|validate user/i;

export class StompLink extends Link<StompCore> {
  /** Numbers the connections. */
  generation = 0;
  /** Whether the broker has accepted the connection. */
  isConnected = false;
  /** Whether it may be told of subscriptions. */
  isReady = false;
  #parser = new Parser();

  override dial(generation = 0): WebSocket | undefined {
    this.generation = generation;
    this.#parser = new Parser(this.core.settings.maxMessageSize);
    this.#end();
    this.core.awaited.clear();
    return super.dial();
  }

  #end(): void {
    this.isConnected = this.isReady = false;
  }

  protected async step(
    question: number,
    generation: number,
    context: DialContext,
  ): Promise<boolean> {
    const { core } = this;
    if (question !== CREDENTIALS) {
      this.isReady = true;
      for (const subscription of [...core.subscriptions.values()]) subscription.introduce(this);
      return false;
    }
    const {
      connectFrame = "CONNECT",
      connectHeaders,
      heartbeat,
      versions = VERSIONS,
    } = core.settings;
    const { outgoing = 10_000, incoming = 10_000 } = heartbeat ?? {};
    const headers = (await call(connectHeaders, context)) as Fields | undefined;
    const fields = {
      "accept-version": versions.join(),
      "heart-beat": `${outgoing},${incoming}`,
      host: "/",
      ...headers,
    };
    // The frame STOMP came with the escapes, and is written as the last version does.
    const data = frame(connectFrame, fields, connectFrame === "STOMP" ? 2 : 0);
    if (!context.signal.aborted) this.engine.step(generation, CREDENTIALS, data);
    return true;
  }

  /** Nothing comes here: all frames are heard below. */
  receive(): number {
    return DELIVER;
  }

  replied(): void {}

  /** A heart-beat; or, with an id, DISCONNECT before the connection is given up, if there was one. */
  ping(id: number): string | undefined {
    if (!id) return "\n";
    const { isConnected } = this;
    this.#end();
    return isConnected ? "DISCONNECT\n\n\0" : undefined;
  }

  pong(): undefined {}

  hear(exports: Exports, id: number, generation: number, data: Frame): number {
    const heard = exports.heard(id, generation, sizeOf(data) as number);
    if (heard !== DELIVER) return heard;
    const parser = this.#parser;
    try {
      parser.append(data);
      for (;;) {
        // What comes of a frame may end the connection.
        const hears = this.tell((session, id) => session.stomp_hears(id, generation));
        const found = hears && parser.next();
        if (!found) break;
        this.#on(found);
      }
    } catch (error) {
      this.core.fail(error as StompError);
      const isLimit = /-(count|size)$/.test((error as StompError).reason);
      this.tell((session, id) => {
        if (isLimit) session.overflowed(id, now(), generation);
        else session.stomp_end(id, now(), generation, VIOLATED);
      });
    }
    return TAKEN;
  }

  /** Calls the engine, and carries out what follows. */
  tell<T>(act: (session: StompExports, id: number) => T): T {
    return this.engine.call(act as (session: Exports, id: number) => T);
  }

  #on(found: ServerFrame): void {
    const { core, generation } = this;
    const { command, headers, body } = found;
    const need = (name: string) => headers[name] ?? violate("missing-header");
    if (command === "ERROR") this.#fail(found);
    else if ((command === "CONNECTED") === this.isConnected) violate("order");
    else if (command === "CONNECTED") this.#connected(headers);
    else if (command === "RECEIPT") {
      const id = need("receipt-id");
      if (id[0] === "s") core.subscriptions.get(id.slice(1))?.accepted();
      else core.receipt(+id);
    } else {
      need("message-id");
      need("destination");
      const name = headers.subscription ?? (core.version ? need("subscription") : "");
      const subscription = core.subscriptions.get(name);
      if (subscription && subscription.ack !== "auto" && core.version > 1) need("ack");
      // One that has crossed our UNSUBSCRIBE has a number of ours.
      if (subscription || /\D|^$/.test(name)) core.deliver(subscription, generation, headers, body);
    }
  }

  #connected(headers: ServerFrame["headers"]): void {
    const { core, generation } = this;
    const { bits, heartbeat } = core.settings;
    const { outgoing = 10_000, incoming = 10_000, tolerance = 25 } = heartbeat ?? {};
    // STOMP 1.0 does not say which version it is.
    const version = VERSIONS.indexOf((headers.version ?? "1.0") as "1.0");
    if (!((bits >> version) & 1)) violate("version");
    const [, sends, wants] =
      /^(\d+),(\d+)$/.exec(headers["heart-beat"] ?? "0,0") ?? violate("heart-beat");
    core.version = version;
    core.connected = headers;
    this.#parser.escapes = version > 0;
    this.isConnected = true;
    this.tell((session, id) =>
      session.stomp_connected(
        id,
        now(),
        generation,
        Number(sends),
        Number(wants),
        outgoing,
        incoming,
        tolerance,
      ),
    );
  }

  #fail({ headers, body }: ServerFrame): void {
    const { core, generation } = this;
    const { message = "", version } = headers;
    const text = new TextDecoder().decode(body);
    let action = JITTER;
    if (!this.isConnected) {
      // RabbitMQ names its versions in every ERROR.
      if (REFUSED.test(message) || REFUSED.test(text.slice(0, LOOKED_AT))) action = UNAUTHORIZED;
      else if (version && /version/i.test(message)) action = FINAL;
    }
    const error = new StompError("error", headers, text);
    core.refused(headers["receipt-id"], error);
    core.fail(error);
    this.tell((session, id) => session.stomp_end(id, now(), generation, action));
  }

  take(ticket: number): unknown {
    return this.core.leave(ticket);
  }

  /** Hands a frame of our own to the native socket. */
  transmit(data: string | BufferSource): void {
    try {
      if (this.native?.readyState === 1) this.native.send(data);
    } catch (error) {
      report(error);
    }
  }
}
