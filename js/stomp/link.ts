// The side towards an engine that speaks STOMP: bytes in, events out, and frames written when they leave.

import { type Frame, sizeOf } from "../codec.js";
import { report } from "../events.js";
import { call, Link } from "../link.js";
import type { DialContext } from "../options.js";
import { now } from "../transport/clock.js";
import type { Exports } from "../transport/module.js";
import type { StompCore } from "./core.js";
import { StompError } from "./error.js";
import { type Fields, frame, readHeaders } from "./frame.js";
import { VERSIONS, VIOLATIONS } from "./wire.js";

/** The exports that only the module of STOMP has: src/js/exchange.rs and src/js/stomp.rs. */
export interface StompExports extends Exports {
  readonly memory: WebAssembly.Memory;
  input(id: number, length: number): number;
  fields(id: number): number;
  frame(id: number, now: number, generation: number, length: number, isText: boolean): void;
  stomp_set(id: number, option: number, value: number): void;
  stomp_subscribe(id: number, ack: number): number;
  stomp_unsubscribe(id: number, subscription: number): number;
  stomp_settle(
    id: number,
    verb: number,
    generation: number,
    subscription: number,
    number: number,
  ): number;
}

/** What `heard` says of a frame to hand on, and what we say of one that the engine has taken. */
const DELIVER = 0;
const TAKEN = 3;
// Kinds of events, as src/js/stomp.rs numbers them.
const CONNECTED = 0;
const MESSAGE = 1;
const RECEIPT = 2;
const SUBSCRIBED = 3;
const FAILED = 4;
const SUBSCRIBE = 6;

// Made at the first use: nothing is used by an import.
let encoder: TextEncoder | undefined;
let decoder: TextDecoder | undefined;
const encode = (text: string) => {
  encoder ??= new TextEncoder();
  return encoder.encode(text);
};
const decode = (bytes: Uint8Array) => {
  decoder ??= new TextDecoder();
  return decoder.decode(bytes);
};

/** Writes into the engine's memory; how many bytes. */
export function write(session: StompExports, id: number, data: Frame): number {
  const bytes = typeof data === "string" ? encode(data) : new Uint8Array(data);
  const at = session.input(id, bytes.length);
  new Uint8Array(session.memory.buffer).set(bytes, at);
  return bytes.length;
}

export class StompLink extends Link<StompCore> {
  /** Numbers the connections. */
  generation = 0;

  override dial(generation = 0): WebSocket | undefined {
    this.generation = generation;
    return super.dial();
  }

  protected async step(_question: number, generation: number, context: DialContext): Promise<true> {
    const { connectHeaders, heartbeat, versions = VERSIONS } = this.core.settings;
    const { outgoing = 10_000, incoming = 10_000 } = heartbeat ?? {};
    const headers = (await call(connectHeaders, context)) as Fields | undefined;
    const fields = {
      "accept-version": versions.join(),
      "heart-beat": `${outgoing},${incoming}`,
      host: "/",
      ...headers,
    };
    const data = frame("CONNECT", fields);
    if (!context.signal.aborted) this.engine.step(generation, 1, data);
    return true;
  }

  /** Nothing comes here: the engine takes all frames. */
  receive(): number {
    return DELIVER;
  }

  replied(): void {}

  ping(): undefined {}

  pong(): undefined {}

  hear(exports: Exports, id: number, generation: number, data: Frame): number {
    const session = exports as StompExports;
    const heard = session.heard(id, generation, sizeOf(data) as number);
    if (heard !== DELIVER) return heard;
    session.frame(id, now(), generation, write(session, id, data), false);
    return TAKEN;
  }

  frame(exports: Exports, id: number): string {
    const { memory, fields } = exports as StompExports;
    const [at = 0, length = 0] = new Float64Array(memory.buffer, fields(id), 2);
    return decode(new Uint8Array(memory.buffer, at, length));
  }

  take(ticket: number): unknown {
    return this.core.leave(ticket);
  }

  event(exports: Exports, id: number): void {
    const { memory, fields } = exports as StompExports;
    const [kind, first = 0, second = 0, third = 0, at, length, bodyAt, bodyLength] =
      new Float64Array(memory.buffer, fields(id), 8);
    const bytes = (at = 0, length = 0) => new Uint8Array(memory.buffer, at, length);
    const headers = () => decode(bytes(at, length));
    const { core } = this;
    try {
      if (kind === CONNECTED) {
        core.version = first;
        core.connected = readHeaders(headers());
      } else if (kind === MESSAGE) {
        core.deliver(first, second, third, headers(), bytes(bodyAt, bodyLength).slice());
      } else if (kind === RECEIPT) {
        core.outbox.take(first)?.resolve?.(undefined);
      } else if (kind === SUBSCRIBED) {
        core.subscriptions.get(first)?.accepted();
      } else if (kind === FAILED) {
        const body = decode(bytes(bodyAt, bodyLength));
        const error = new StompError("error", readHeaders(headers()), body);
        if (first === 1) core.outbox.take(second)?.reject?.(error);
        if (first === 2) core.subscriptions.get(second)?.end(error);
        core.fail(error);
      } else if (kind === SUBSCRIBE) {
        core.subscriptions.get(first)?.introduce(this);
      } else {
        core.fail(new StompError(`violation: ${VIOLATIONS[first] as "body"}`));
      }
    } catch (error) {
      report(error);
    }
  }

  /** Hands a frame of our own to the native socket. */
  transmit(data: string | BufferSource): void {
    try {
      this.native?.send(data);
    } catch (error) {
      report(error);
    }
  }
}
