// The host of one engine. An exception would break off what the engine is doing: whatever runs user code here catches.
// What frames and steps are about is the business of those who extend it: message-link.ts is that of plain messages.

import { check } from "./check.js";
import type { Core } from "./core.js";
import { createEngine, type Engine, type Host } from "./engine.js";
import { ConnectError, type ErrorCode, ProviderError, TautlineError } from "./errors.js";
import { report, SocketEvent } from "./events.js";
import type { DialContext, RestoreInfo, RetryFunction } from "./options.js";
import { scope } from "./scope.js";
import { BASE } from "./settings.js";
import type { Cause, CauseKind, State } from "./state.js";
import { resolveUrl } from "./url.js";
import { CAUSES, CLOSED_WHY, STATES, SUSPENDED, TIMERS } from "./wire.js";

// Indexes of STATES, QUESTIONS and VERDICTS.
const OPEN = 4;
const CLOSING = 7;
const CLOSED = 8;
/** The place of `unauthorized` in CLOSED_WHY. */
const UNAUTHORIZED = 2;
const ADDRESS = 0;
export const CREDENTIALS = 1;
/** The causes that are errors, by their bits: refused, connect-timeout, unauthorized, too-large, insecure. */
const FAILURES = 0b101001001100;
/** An answer to any question. */
const FAILED = 3;
/** The fact that the engine learns beside those of the address. */
const PROTOCOLS_OFFERED = 4;
/** What the engine takes for an answer of the retry function that is not a delay. */
const ADVICE_DEFAULT = -1;
const ADVICE_STOP = -2;
const ADVICE_RETRY = -3;

export const call = (value: unknown, ...given: unknown[]): unknown =>
  typeof value === "function" ? value(...given) : value;

export abstract class Link<C extends Core = Core> implements Host {
  readonly engine: Engine;
  readonly core: C;
  native: (WebSocket & { resume?(): void }) | undefined;
  /** Whether the server is to judge credentials on the open connection. */
  protected isJudged = false;
  /** Why the provider gave none. */
  protected failure: TautlineError | undefined;
  #attempt = new AbortController();
  #context: DialContext | undefined;
  #url: URL | undefined;
  #protocols: string[] = [];

  constructor(core: C) {
    this.core = core;
    this.engine = createEngine(this);
  }

  /** Answers a question other than that for the address; true if there is nothing left to answer. */
  protected abstract step(
    question: number,
    generation: number,
    context: DialContext,
    info: RestoreInfo,
  ): Promise<unknown>;

  async ask(
    question: number,
    generation: number,
    attempt: number,
    downtime: number,
    unconfirmed: number,
    reconnected: boolean,
  ): Promise<void> {
    const { core, engine } = this;
    const { protocols } = core.settings;
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
        check({ protocols: answer }, BASE, "options");
        const [url, found] = resolveUrl(input);
        // A late answer must not change where a newer attempt dials.
        if (signal.aborted) return;
        this.#url = url;
        this.#protocols = [names].flat() as string[];
        facts = found + (this.#protocols.length && PROTOCOLS_OFFERED);
      } else if (
        await this.step(question, generation, context, {
          reconnected,
          downtime,
          unconfirmed,
          signal,
        })
      ) {
        return;
      }
    } catch (error) {
      if (signal.aborted) return;
      this.failure = new ProviderError(question > CREDENTIALS ? "restore" : "provider", error);
      core.fail(this.failure);
      answer = FAILED;
    }
    // An engine may be gone by the time of a late answer; the signal tells.
    if (!signal.aborted) engine.answer(generation, answer, facts);
  }

  dial(): WebSocket | undefined {
    const { core } = this;
    let native: WebSocket | undefined;
    try {
      core.log("info", `dial ${this.#url?.origin}${this.#url?.pathname}`);
      native = this.make((this.#url as URL).href, this.#protocols);
      native.binaryType = "arraybuffer";
      this.native = native;
      return native;
    } catch (error) {
      native?.close();
      core.fail(new ConnectError("refused", error));
      return undefined;
    }
  }

  protected make(url: string, protocols: string[]): WebSocket {
    return new this.core.settings.WebSocket(url, protocols) as WebSocket;
  }

  abstract receive(data: unknown): number;

  abstract take(ticket: number): unknown;

  abstract replied(ticket: number, isAwaited: boolean): void;

  abstract ping(id: number): unknown;

  abstract pong(): unknown;

  retry(cause: number, code: number, reason: string, clean: boolean, attempt: number): number {
    const { retry } = this.core.settings;
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
    const core = this.core;
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
    this.isJudged = false;
    core.enter({ name, ...members } as State, error);
  }

  opened(reconnected: boolean, downtime: number, unconfirmed: number): void {
    this.core.fire(new SocketEvent("open", { reconnected, downtime, unconfirmed }));
  }

  dropped(ticket: number, reason: number, progress: number): void {
    this.core.dropped(ticket, reason, progress);
  }

  confirmed(ticket: number): void {
    this.core.outbox.take(ticket)?.resolve?.(undefined);
  }

  renewal(isAccepted: boolean): void {
    const error = isAccepted ? undefined : (this.failure ?? new TautlineError("timeout"));
    if (error && !this.failure) this.core.fail(error);
    this.failure = undefined;
    this.core.renewed(error);
  }

  latency(latency: number): void {
    this.core.fire(new SocketEvent("latency", { latency }));
  }

  protocolNotSelected(): void {
    this.core.fail(new ConnectError("protocol"));
  }

  timer(reason: number, delay: number): void {
    this.core.log("debug", `timer ${TIMERS[reason]} in ${delay} ms`);
  }

  trapped(error: unknown): void {
    this.#attempt.abort();
    this.core.lose(this, error);
  }
}

const causeOf = (kind: number, code: number, reason: string, wasClean: boolean): Cause => ({
  kind: CAUSES[kind] as CauseKind,
  ...(code && { code, reason, wasClean }),
});
