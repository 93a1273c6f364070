// Carries a session's orders out and brings it the news. It decides nothing: every callback of the browser becomes a
// call of the session, every order leaves through one switch. Its twin for Rust applications is src/transport/.

import { copyOf, type Frame, sizeOf } from "../codec.js";
import type { Engine, Host } from "../engine.js";
import { InternalError } from "../errors.js";
import { scope } from "../scope.js";
import { now } from "./clock.js";
import { listen } from "./lifecycle.js";
import { type Exports, serving, type Tenant } from "./module.js";
import { Timer } from "./timer.js";

// Orders and events by their numbers, which are those of src/js/register.rs.
const ASK = 1;
const ASK_RETRY = 2;
const DIAL = 3;
const TRANSMIT = 4;
const PING = 5;
const PONG = 6;
const CLOSE = 7;
const ABANDON = 8;
const STATE = 9;
const OPENED = 10;
const DROPPED = 11;
const LATENCY = 12;
const NO_PROTOCOL = 13;
const CONFIRMED = 14;
const RENEWED = 15;
// Those of a subprotocol, whose fields its host reads.
const FRAME = 17;
const EVENT = 18;
/** How many fields each has. */
const FIELDS = [0, 6, 4, 1, 1, 1, 0, 1, 1, 7, 3, 3, 1, 0, 1, 0, 0];
// Places in OPTIONS, STATES, QUESTIONS and VERDICTS.
const LIFECYCLE = 13;
const CLOSING = 7;
const CLOSED = 8;
const CREDENTIALS = 1;
const INVALID = 5;
/** An answer to any question: the provider failed. */
const FAILED = 3;
/** `readyState` before the handshake is done. */
const CONNECTING = 0;
/**
 * What `heard` says of a frame to hand on and of one above the limit, and `pass` of a send that has to be watched. A host that
 * hears frames itself says more than that of one that the engine has taken.
 */
const DELIVER = 0;
const TOO_LARGE = 2;
const WATCH = 2;

/** The number of no session: what is said of it goes nowhere. */
const NONE = -1;

const ignore = () => {};

const half = () => scope.Math.random() * 2 ** 32;

export class Driver implements Engine, Tenant {
  readonly #host: Host;
  readonly #session: Exports;
  readonly #tenants: Set<Tenant>;
  #id: number;
  readonly #timer = new Timer(() => {
    this.#session.buffered(this.#id, this.#native?.bufferedAmount ?? 0);
    this.#session.timeout(this.#id, now());
    this.#drain();
  });
  #native: WebSocket | undefined;
  #state = 0;
  #reason = "";
  #farewell = "";
  #lifecycle = true;
  #unlisten: (() => void) | undefined;
  #isDraining = false;

  /** Throws WasmUnavailable, or InternalError where the module traps at once. */
  constructor(host: Host) {
    const { exports, tenants } = serving();
    this.#host = host;
    this.#session = exports;
    this.#tenants = tenants;
    tenants.add(this);
    this.#id = exports.create(half(), half());
    if (!this.#isAlive()) throw new InternalError("internal");
  }

  /** Neither freed nor lost in a trap. Either may happen within any call of the host or the session. */
  #isAlive(): boolean {
    return this.#tenants.has(this);
  }

  // --- commands ------------------------------------------------------------------------------------------------

  set(option: number, value: number): void {
    if (option === LIFECYCLE) this.#lifecycle = !!value;
    this.#session.set(this.#id, option, value);
  }

  rule(from: number, to: number, action: number, delay: number): void {
    this.#session.rule(this.#id, from, to, action, delay);
  }

  command(command: number): void {
    this.#session.command(this.#id, now(), command);
    this.#drain();
  }

  answer(generation: number, question: number, facts: number): void {
    this.#session.answer(this.#id, now(), generation, question, facts);
    this.#drain();
  }

  step(generation: number, question: number, data: string | BufferSource): boolean {
    const session = this.#session;
    const may =
      question === CREDENTIALS
        ? session.answer(this.#id, now(), generation, CREDENTIALS, 0)
        : session.may_restore(this.#id, generation);
    if (may) this.#transmit(data);
    this.#drain();
    return !!may;
  }

  /** The hot path of sending. */
  pass(data: string | BufferSource, size: number): boolean {
    const fate = this.#session.pass(this.#id, size);
    if (!fate) return false;
    this.#transmit(data);
    if (fate === WATCH) {
      this.#session.sent(this.#id, now());
      this.#drain();
    }
    return true;
  }

  enqueue(
    ticket: number,
    size: number,
    ttl: number,
    key: number,
    awaits: number,
    repeats: boolean,
    timeout: number,
  ): number {
    const session = this.#session;
    if (awaits || timeout) session.expect(this.#id, awaits, repeats, timeout);
    const fate = session.enqueue(this.#id, now(), ticket, size, ttl, key);
    this.#drain();
    return fate;
  }

  withdraw(ticket: number): number {
    const progress = this.#session.withdraw(this.#id, now(), ticket);
    this.#drain();
    return progress;
  }

  hold(ms: number): void {
    this.#session.hold(this.#id, ms);
  }

  close(code: number, reason: string, drain: number): void {
    // Only the first goodbye counts.
    if (this.#state < CLOSING) this.#farewell = reason;
    this.#session.close(this.#id, now(), code, drain);
    this.#drain();
  }

  stat(index: number): number {
    return this.#session.stat(this.#id, now(), index);
  }

  call<T>(act: (session: Exports, id: number) => T): T {
    const result = act(this.#session, this.#id);
    this.#drain();
    return result;
  }

  free(): void {
    if (!this.#tenants.delete(this)) return;
    this.#release();
    this.#session.free(this.#id);
    // The number may be given again.
    this.#id = NONE;
  }

  trapped(error: unknown): void {
    this.#release();
    this.#host.trapped(error);
  }

  #release(): void {
    this.#abandon();
    this.#timer.set(0, -1);
    this.#deafen();
  }

  // --- what the browser says -----------------------------------------------------------------------------------

  #dial(generation: number): void {
    const native = this.#host.dial(generation);
    this.#native = native;
    try {
      if (native) this.#attach(native, generation);
    } catch {
      // A class of the user's own: a socket that cannot be heard is none.
      this.#abandon();
    }
    if (!this.#isAlive()) this.#abandon();
    else if (!this.#native) this.#session.answer(this.#id, now(), generation, FAILED, 0);
  }

  #attach(native: WebSocket, generation: number): void {
    native.onopen = () => {
      this.#session.opened(this.#id, now(), generation, !!native.protocol);
      this.#drain();
    };
    native.onmessage = ({ data }) => this.#receive(generation, data);
    native.onclose = (event) => this.#end(generation, event);
    // Classes outside browsers throw errors that nobody listens to, and some forget the close after it.
    native.onerror = () => {
      if (this.#native === native && native.readyState === CONNECTING) this.#end(generation, {});
    };
  }

  #end(generation: number, { code = 1006, reason = "", wasClean = false }: Partial<CloseEvent>) {
    const session = this.#session;
    // The socket leaves first: whatever is dialled next finds its place free.
    this.#detach();
    this.#reason = `${reason}`;
    for (const character of this.#reason) {
      session.reason(this.#id, Math.min(character.charCodeAt(0), 127));
    }
    session.closed(this.#id, now(), generation, code, wasClean);
    this.#drain();
  }

  /** The hot path of receiving. */
  #receive(generation: number, data: Frame): void {
    const session = this.#session;
    const host = this.#host;
    const heard =
      host.hear?.(session, this.#id, generation, data) ??
      session.heard(this.#id, generation, sizeOf(data) as number);
    if (heard >= TOO_LARGE) {
      if (heard === TOO_LARGE) session.overflowed(this.#id, now(), generation);
      this.#drain();
    } else if (heard === DELIVER) {
      const verdict = host.receive(data);
      if (verdict < 0) {
        host.replied(-verdict, !!session.replied(this.#id, now(), generation, -verdict));
        this.#drain();
      } else if (verdict && verdict !== INVALID) {
        session.classified(this.#id, now(), generation, verdict);
        this.#drain();
      }
    }
  }

  // --- what the session orders ---------------------------------------------------------------------------------

  /** A call from inside a callback leaves its outputs to the loop that is running. */
  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (;;) {
      const order = this.#session.poll(this.#id);
      if (!order || !this.#isAlive()) break;
      this.#carryOut(order);
    }
    this.#isDraining = false;
    const due = this.#session.deadline(this.#id);
    const reason = this.#session.timer(this.#id);
    if (!this.#isAlive()) return;
    const time = now();
    if (this.#timer.set(time, due)) this.#host.timer(reason, due - time);
  }

  #carryOut(order: number): void {
    const host = this.#host;
    const session = this.#session;
    // All fields are read before anything is done: a callback may poll anew.
    const fields: number[] = [];
    const count = FIELDS[order] as number;
    while (fields.length < count) fields.push(session.field(this.#id, fields.length));
    if (!this.#isAlive()) return;
    const [a, b, c, d, e, f, g] = fields as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    switch (order) {
      case ASK:
        host.ask(a, b, c, d, e, !!f);
        break;
      case ASK_RETRY:
        session.advise(this.#id, now(), host.retry(a, b, this.#reason, !!c, d));
        break;
      case DIAL:
        this.#dial(a);
        break;
      case TRANSMIT:
        this.#transmit(host.take(a));
        break;
      case PING:
        this.#transmit(host.ping(a));
        break;
      case PONG:
        this.#transmit(host.pong());
        break;
      case CLOSE:
        shut(this.#native, a, this.#farewell);
        break;
      case ABANDON:
        this.#abandon(a);
        break;
      case STATE:
        this.#state = a;
        this.#listen();
        if (this.#isAlive()) host.state(a, b, c - now(), e, f, f ? this.#reason : "", !!g, d);
        break;
      case OPENED:
        host.opened(!!a, b, c);
        break;
      case DROPPED:
        host.dropped(a, b, c);
        break;
      case LATENCY:
        host.latency(a);
        break;
      case NO_PROTOCOL:
        host.protocolNotSelected();
        break;
      case CONFIRMED:
        host.confirmed(a);
        break;
      case FRAME:
        this.#transmit(host.frame?.(session, this.#id));
        break;
      case EVENT:
        host.event?.(session, this.#id);
        break;
      default:
        host.renewal(order === RENEWED);
    }
  }

  /** Listens to page and network from the first state to the last. */
  #listen(): void {
    if (this.#state !== CLOSED && this.#lifecycle && !this.#unlisten) {
      this.#unlisten = listen((signal) => {
        this.#session.signal(this.#id, now(), signal);
        this.#drain();
      });
    }
    // What was reported at once may have been the last.
    if (this.#state === CLOSED || !this.#isAlive()) this.#deafen();
  }

  #deafen(): void {
    this.#unlisten?.();
    this.#unlisten = undefined;
  }

  #transmit(data: unknown): void {
    if (data === undefined) return;
    try {
      // A socket that is closing drops the frame, and its close is news soon.
      this.#native?.send(data as string);
    } catch {
      // A view of memory that may change meanwhile is refused: a copy is not. What a class of the user's own throws
      // must not reach the session.
      try {
        this.#native?.send(copyOf(data as string) as string);
      } catch {}
    }
  }

  /**
   * Handlers off first, then close(), also while connecting: a browser may report the end of a dead link a minute
   * later, and nobody waits for it.
   */
  #abandon(code = 0): void {
    shut(this.#detach(), code);
  }

  #detach(): WebSocket | undefined {
    const native = this.#native;
    this.#native = undefined;
    try {
      if (native) {
        native.onopen = native.onmessage = native.onclose = null;
        // Not null: an abandoned handshake may still end in an error that somebody has to listen to.
        native.onerror = ignore;
      }
    } catch {
      // A class of the user's own: its news is old by its generation anyway.
    }
    return native;
  }
}

/** Closes a socket, whatever a class of the user's own thinks of code and reason. */
function shut(native: WebSocket | undefined, code: number, reason = ""): void {
  try {
    if (code) native?.close(code, reason);
    else native?.close();
  } catch {
    if (code) shut(native, 0);
  }
}
