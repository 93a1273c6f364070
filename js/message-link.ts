// The side of plain messages towards an engine: what is asked on the way to open, what a frame is, what beats.

import type { Frame } from "./codec.js";
import { CodecError, ProviderError, type SchemaError, TautlineError } from "./errors.js";
import { report, SocketEvent } from "./events.js";
import { CREDENTIALS, call, Link } from "./link.js";
import type { Messages } from "./messages.js";
import type { DialContext, RestoreInfo } from "./options.js";
import { validate } from "./schema.js";
import { StreamSocket } from "./transport/stream.js";

// Indexes of VERDICTS.
const MESSAGE = 0;
const PING = 1;
const PONG = 2;
const YES = 3;
const NO = 4;
const INVALID = 5;
const PONG_IDS = 16;
/** A ticket that no request has. */
const NOBODY = 2 ** 32;
// Places in COMMANDS.
const HOLD_READING = 6;
const RELEASE_READING = 7;

/** The longest time a browser's timer can be set to. */
const LONGEST = 2 ** 31 - 1;

export class MessageLink extends Link<Messages> {
  readonly #classifies = ["heartbeat", "auth", "requests"].some(
    (name) => this.core.settings[name as "auth"],
  );
  #ping: unknown;
  /** The reply that is being matched, with its frame. */
  #reply: [message: unknown, data: Frame] | undefined;

  protected async step(
    question: number,
    generation: number,
    context: DialContext,
    info: RestoreInfo,
  ): Promise<unknown> {
    const { core, engine } = this;
    const { auth, restore } = core.settings;
    const { signal } = info;
    if (question === CREDENTIALS) {
      this.failure = undefined;
      const data = core.encode(await auth?.message(context));
      if (signal.aborted) return true;
      // Whatever its state says: over an open connection, and during a goodbye that lets the queue leave.
      this.isJudged = true;
      this.isJudged = engine.step(generation, question, data) && this.isJudged;
      return true;
    }
    const send = (message: unknown) => {
      const data = core.encode(core.checked(message));
      return !signal.aborted && engine.step(generation, question, data) ? "sent" : "dropped";
    };
    await restore?.(send, info);
    return false;
  }

  protected override make(url: string, protocols: string[]): WebSocket {
    const { core } = this;
    // Chromium 156 ends the tab when a connection breaks while its stream still has something to send: who only writes
    // gets a plain socket, which does that as well.
    if (!core.settings.streams || (core.writable && !core.slow.size)) {
      return super.make(url, protocols);
    }
    return new StreamSocket(
      url,
      protocols,
      // Before it is open, what it waits for has to be read.
      () => core.full.size && core.state.name === "open",
      (isHeld) => this.engine.command(isHeld ? HOLD_READING : RELEASE_READING),
    ) as unknown as WebSocket;
  }

  /** The hot path: decode, classify where there is something to classify, deliver. */
  receive(data: Frame): number {
    const { core } = this;
    let message: unknown;
    let failed = false;
    let cause: unknown;
    try {
      message = core.settings.codec.decode(data);
    } catch (error) {
      failed = true;
      cause = error;
    }
    if (this.#classifies) {
      const verdict = this.#classify(message, data, failed);
      if (verdict) return verdict;
    }
    if (failed) return this.#refuse(data, new CodecError("decode", cause));
    const { receives } = core.settings;
    if (receives) {
      try {
        message = validate(receives, message);
      } catch (error) {
        return this.#refuse(data, error as SchemaError);
      }
    }
    core.deliver(message);
    return MESSAGE;
  }

  #refuse(data: Frame, error: TautlineError): number {
    this.core.fire(new SocketEvent("invalid", { data, error }));
    return INVALID;
  }

  replied(ticket: number, isAwaited: boolean): void {
    const [message, data] = this.#reply as [unknown, Frame];
    this.#reply = undefined;
    if (isAwaited) this.core.replied(ticket, message);
    else this.#refuse(data, new TautlineError("unmatched"));
  }

  #classify(message: unknown, data: Frame, failed: boolean): number {
    const { state, settings } = this.core;
    const { heartbeat, auth, requests } = settings;
    try {
      const pong = heartbeat?.isPong?.(message, data);
      if (pong) return typeof pong === "number" ? PONG_IDS + pong : PONG;
      if (heartbeat?.isPing?.(message, data)) {
        this.#ping = failed ? data : message;
        return PING;
      }
      if (this.isJudged || state.name === "authenticating") {
        const accepted = auth?.accept(message, data);
        if (accepted === true) {
          const holds = Number(call(auth?.expiresIn, message, data));
          if (holds >= 0) this.engine.hold(Math.min(holds, LONGEST));
        }
        if (typeof accepted === "boolean") {
          this.isJudged = false;
          return accepted ? YES : NO;
        }
      }
      const id = requests?.id(message, data);
      if (id !== undefined && id !== null) {
        this.#reply = [message, data];
        const ticket = Number(id);
        return ticket > 0 && ticket % 1 === 0 && ticket < NOBODY ? -ticket : -NOBODY;
      }
    } catch (error) {
      // A classifier need not expect undefined, which stands for a frame that did not decode.
      if (!failed) report(error);
    }
    return MESSAGE;
  }

  take(ticket: number): unknown {
    return this.core.outbox.leave(ticket);
  }

  ping(id: number): unknown {
    return this.#beat(this.core.settings.heartbeat?.ping, id);
  }

  pong(): unknown {
    const ping = this.#ping;
    this.#ping = undefined;
    return this.#beat(this.core.settings.heartbeat?.pong, ping);
  }

  #beat(value: unknown, argument: unknown): unknown {
    const { core } = this;
    if (value === undefined) return undefined;
    try {
      return core.encode(call(value, argument));
    } catch (error) {
      core.fail(error instanceof TautlineError ? error : new ProviderError("provider", error));
      return undefined;
    }
  }
}
