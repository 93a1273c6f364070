// The host of one engine. An exception would break off what the engine is doing: whatever runs user code here catches.

import { check } from "./check.js";
import type { Frame } from "./codec.js";
import type { Core } from "./core.js";
import { createEngine, type Engine, type Host } from "./engine.js";
import {
  CodecError,
  ConnectError,
  type ErrorCode,
  ProviderError,
  type SchemaError,
  TautlineError,
} from "./errors.js";
import { report, SocketEvent } from "./events.js";
import type { DialContext, RetryFunction } from "./options.js";
import { validate } from "./schema.js";
import { scope } from "./scope.js";
import { SHAPE } from "./settings.js";
import type { Cause, CauseKind, State } from "./state.js";
import { StreamSocket } from "./transport/stream.js";
import { resolveUrl } from "./url.js";
import { CAUSES, CLOSED_WHY, STATES, SUSPENDED, TIMERS } from "./wire.js";

// Indexes of STATES, QUESTIONS and VERDICTS.
const OPEN = 4;
const CLOSING = 7;
const CLOSED = 8;
/** The place of `unauthorized` in CLOSED_WHY. */
const UNAUTHORIZED = 2;
const ADDRESS = 0;
const CREDENTIALS = 1;
/** The causes that are errors, by their bits: refused, connect-timeout, unauthorized, too-large, insecure. */
const FAILURES = 0b101001001100;
/** An answer to any question. */
const FAILED = 3;
const MESSAGE = 0;
const PING = 1;
const PONG = 2;
const YES = 3;
const NO = 4;
const INVALID = 5;
const PONG_IDS = 16;
/** A ticket that no request has. */
const NOBODY = 2 ** 32;
/** The fact that the engine learns beside those of the address. */
const PROTOCOLS_OFFERED = 4;
/** What the engine takes for an answer of the retry function that is not a delay. */
const ADVICE_DEFAULT = -1;
const ADVICE_STOP = -2;
const ADVICE_RETRY = -3;

// Places in COMMANDS.
const HOLD_READING = 6;
const RELEASE_READING = 7;

/** The longest time a browser's timer can be set to. */
const LONGEST = 2 ** 31 - 1;

const call = (value: unknown, ...given: unknown[]): unknown =>
  typeof value === "function" ? value(...given) : value;

export class Link implements Host {
  readonly engine: Engine;
  readonly #core: Core;
  readonly #classifies: boolean;
  #attempt = new AbortController();
  #context: DialContext | undefined;
  #url: URL | undefined;
  #protocols: string[] = [];
  native: (WebSocket & { resume?(): void }) | undefined;
  #ping: unknown;
  /** The reply that is being matched, with its frame. */
  #reply: [message: unknown, data: Frame] | undefined;
  /** Whether the server is to judge credentials on the open connection. */
  #isJudged = false;
  /** Why the provider gave none. */
  #failure: TautlineError | undefined;

  constructor(core: Core) {
    this.#core = core;
    const { heartbeat, auth, requests } = core.settings;
    this.#classifies = !!(heartbeat || auth || requests);
    this.engine = createEngine(this);
  }

  async ask(
    question: number,
    generation: number,
    attempt: number,
    downtime: number,
    unconfirmed: number,
    reconnected: boolean,
  ): Promise<void> {
    const core = this.#core;
    const { engine } = this;
    const { auth, restore, protocols } = core.settings;
    if (question === ADDRESS) {
      this.#attempt.abort();
      this.#attempt = new AbortController();
      const { signal } = this.#attempt;
      this.#context = { attempt, lastClose: core.lastClose, signal };
    }
    const context = this.#context as DialContext;
    const { signal } = context;
    let answer = question;
    let facts = 0;
    try {
      // connect() returns first: providers may use the socket, and listeners hear of what fails.
      await undefined;
      if (signal.aborted) return;
      if (question === ADDRESS) {
        const asked = [core.url, protocols].map(async (value) => call(value, context));
        const [input, names = []] = await Promise.all(asked);
        // A function is an option, but no answer.
        const answer = typeof names === "function" ? null : names;
        check({ protocols: answer }, SHAPE, "options");
        const [url, found] = resolveUrl(input);
        // A late answer must not change where a newer attempt dials.
        if (signal.aborted) return;
        this.#url = url;
        this.#protocols = [names].flat() as string[];
        facts = found + (this.#protocols.length && PROTOCOLS_OFFERED);
      } else if (question === CREDENTIALS) {
        this.#failure = undefined;
        const data = core.encode(await auth?.message(context));
        if (signal.aborted) return;
        // Whatever its state says: over an open connection, and during a goodbye that lets the queue leave.
        this.#isJudged = true;
        this.#isJudged = engine.step(generation, question, data) && this.#isJudged;
        return;
      } else {
        const send = (message: unknown) => {
          const data = core.encode(core.checked(message));
          return !signal.aborted && engine.step(generation, question, data) ? "sent" : "dropped";
        };
        await restore?.(send, { reconnected, downtime, unconfirmed, signal });
      }
    } catch (error) {
      if (signal.aborted) return;
      this.#failure = new ProviderError(question > CREDENTIALS ? "restore" : "provider", error);
      core.fail(this.#failure);
      answer = FAILED;
    }
    // An engine may be gone by the time of a late answer; the signal tells.
    if (!signal.aborted) engine.answer(generation, answer, facts);
  }

  dial(): WebSocket | undefined {
    const core = this.#core;
    const { WebSocket, streams } = core.settings;
    let native: WebSocket | undefined;
    try {
      core.log("info", `dial ${this.#url?.origin}${this.#url?.pathname}`);
      const { href } = this.#url as URL;
      native = (
        streams
          ? new StreamSocket(
              href,
              this.#protocols,
              // Before it is open, what it waits for has to be read.
              () => core.full.size && core.state.name === "open",
              (isHeld) => this.engine.command(isHeld ? HOLD_READING : RELEASE_READING),
            )
          : new WebSocket(href, this.#protocols)
      ) as WebSocket;
      native.binaryType = "arraybuffer";
      this.native = native;
      return native;
    } catch (error) {
      native?.close();
      core.fail(new ConnectError("refused", error));
      return undefined;
    }
  }

  /** The hot path: decode, classify where there is something to classify, deliver. */
  receive(data: Frame): number {
    const core = this.#core;
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
    this.#core.fire(new SocketEvent("invalid", { data, error }));
    return INVALID;
  }

  replied(ticket: number, isAwaited: boolean): void {
    const [message, data] = this.#reply as [unknown, Frame];
    this.#reply = undefined;
    if (isAwaited) this.#core.replied(ticket, message);
    else this.#refuse(data, new TautlineError("unmatched"));
  }

  #classify(message: unknown, data: Frame, failed: boolean): number {
    const { state, settings } = this.#core;
    const { heartbeat, auth, requests } = settings;
    try {
      const pong = heartbeat?.isPong?.(message, data);
      if (pong) return typeof pong === "number" ? PONG_IDS + pong : PONG;
      if (heartbeat?.isPing?.(message, data)) {
        this.#ping = failed ? data : message;
        return PING;
      }
      if (this.#isJudged || state.name === "authenticating") {
        const accepted = auth?.accept(message, data);
        if (accepted === true) {
          const holds = Number(call(auth?.expiresIn, message, data));
          if (holds >= 0) this.engine.hold(Math.min(holds, LONGEST));
        }
        if (typeof accepted === "boolean") {
          this.#isJudged = false;
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
    return this.#core.outbox.leave(ticket);
  }

  ping(id: number): unknown {
    return this.#beat(this.#core.settings.heartbeat?.ping, id);
  }

  pong(): unknown {
    const ping = this.#ping;
    this.#ping = undefined;
    return this.#beat(this.#core.settings.heartbeat?.pong, ping);
  }

  #beat(value: unknown, argument: unknown): unknown {
    const core = this.#core;
    if (value === undefined) return undefined;
    try {
      return core.encode(call(value, argument));
    } catch (error) {
      core.fail(error instanceof TautlineError ? error : new ProviderError("provider", error));
      return undefined;
    }
  }

  retry(cause: number, code: number, reason: string, clean: boolean, attempt: number): number {
    const { retry } = this.#core.settings;
    try {
      const ask = retry as RetryFunction;
      const advice = ask(causeOf(cause, code, reason, clean), attempt);
      if (advice === true) return ADVICE_RETRY;
      if (advice === false) return ADVICE_STOP;
      return typeof advice === "number" && advice >= 0 && advice < Infinity
        ? advice
        : ADVICE_DEFAULT;
    } catch (error) {
      report(error);
      return ADVICE_DEFAULT;
    }
  }

  state(
    state: number,
    attempt: number,
    delay: number,
    kind: number,
    code: number,
    reason: string,
    clean: boolean,
    detail: number,
  ): void {
    const core = this.#core;
    const name = STATES[state];
    const cause = kind ? causeOf(kind, code, reason, clean) : undefined;
    if (cause) core.lastClose = cause;
    // A goodbye that lets the queue leave first goes on dialling.
    if (state > OPEN && state !== CLOSING) this.#attempt.abort();
    // A break that is more than a break is an error event, too; so is the end of all credentials.
    const refused = state === CLOSED && detail === UNAUTHORIZED;
    const failure = refused ? "unauthorized" : (FAILURES >> kind) & 1 && CAUSES[kind];
    const error = failure ? new ConnectError(failure as ErrorCode) : undefined;
    // A wait that becomes longer or shorter has the cause that it had.
    const members =
      name === "waiting"
        ? { attempt, until: scope.Date.now() + delay, cause: cause ?? core.lastClose }
        : name === "suspended"
          ? { why: SUSPENDED[detail], cause }
          : name === "closed"
            ? { why: CLOSED_WHY[detail], cause }
            : cause && { cause };
    this.#isJudged = false;
    core.enter({ name, ...members } as State, error);
  }

  opened(reconnected: boolean, downtime: number, unconfirmed: number): void {
    this.#core.fire(new SocketEvent("open", { reconnected, downtime, unconfirmed }));
  }

  dropped(ticket: number, reason: number, progress: number): void {
    this.#core.dropped(ticket, reason, progress);
  }

  confirmed(ticket: number): void {
    this.#core.outbox.take(ticket)?.resolve?.(undefined);
  }

  renewal(isAccepted: boolean): void {
    const error = isAccepted ? undefined : (this.#failure ?? new TautlineError("timeout"));
    if (error && !this.#failure) this.#core.fail(error);
    this.#failure = undefined;
    this.#core.renewed(error);
  }

  latency(latency: number): void {
    this.#core.fire(new SocketEvent("latency", { latency }));
  }

  protocolNotSelected(): void {
    this.#core.fail(new ConnectError("protocol"));
  }

  timer(reason: number, delay: number): void {
    this.#core.log("debug", `timer ${TIMERS[reason]} in ${delay} ms`);
  }

  trapped(error: unknown): void {
    this.#attempt.abort();
    this.#core.lose(this, error);
  }
}

const causeOf = (kind: number, code: number, reason: string, wasClean: boolean): Cause => ({
  kind: CAUSES[kind] as CauseKind,
  ...(code && { code, reason, wasClean }),
});
