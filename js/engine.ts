// The narrow interface between the facade and an engine: plain values both ways. The engine is the wasm session
// behind its driver.

import type { Frame } from "./codec.js";
import { Driver } from "./transport/driver.js";
import type { Exports } from "./transport/module.js";

/** What the facade asks of the engine. Times are ms; a generation numbers an attempt. */
export interface Engine {
  set(option: number, value: number): void;
  rule(from: number, to: number, action: number, delay: number): void;
  /** Gives the command at this place of COMMANDS. */
  command(command: number): void;
  /** Answers the question of this number, with the facts of the address; FAILED answers any. */
  answer(generation: number, question: number, facts: number): void;
  /** Sends the credentials or a message of the restore step, by its question; false if that step is over. */
  step(generation: number, question: number, data: string | BufferSource): boolean;
  pass(data: string | BufferSource, size: number): boolean;
  /** 1 is queued; from 2 on dropped, for the reason number minus 2. */
  enqueue(
    ticket: number,
    size: number,
    ttl: number,
    key: number,
    /** What the message awaits once it is sent: a place in AWAITS. */
    awaits: number,
    repeats: boolean,
    timeout: number,
  ): number;
  /** Takes a message back: 0 if its fate is known, or 1 and the place in PROGRESS. */
  withdraw(ticket: number): number;
  /** How long the credentials hold that are about to be accepted. */
  hold(ms: number): void;
  close(code: number, reason: string, drain: number): void;
  stat(index: number): number;
  /** Calls what only the module of a subprotocol has, and carries out what follows. */
  call<T>(act: (session: Exports, id: number) => T): T;
  free(): void;
}

/** What the engine asks of the facade. None of these may throw. */
export interface Host {
  ask(
    question: number,
    generation: number,
    attempt: number,
    downtime: number,
    unconfirmed: number,
    reconnected: boolean,
  ): void;
  dial(generation: number): WebSocket | undefined;
  /** The verdict on a frame: a place in VERDICTS, a pong's id and 16, or minus the ticket that it is a reply to. */
  receive(data: unknown): number;
  /** Whether a request of this ticket awaited the reply that was received just now. */
  replied(ticket: number, isAwaited: boolean): void;
  take(ticket: number): unknown;
  ping(id: number): unknown;
  pong(): unknown;
  retry(cause: number, code: number, reason: string, clean: boolean, attempt: number): number;
  state(
    state: number,
    attempt: number,
    delay: number,
    cause: number,
    code: number,
    reason: string,
    clean: boolean,
    detail: number,
  ): void;
  opened(reconnected: boolean, downtime: number, unconfirmed: number): void;
  dropped(ticket: number, reason: number, progress: number): void;
  confirmed(ticket: number): void;
  /** New credentials for the open connection were accepted, or could not be had. */
  renewal(isAccepted: boolean): void;
  latency(ms: number): void;
  protocolNotSelected(): void;
  timer(reason: number, delay: number): void;
  /**
   * Hears a frame in the place of `heard`, where the engine takes frames itself: what that says, or 3 once it has taken it.
   */
  hear?(session: Exports, id: number, generation: number, data: Frame): number;
  /** The frame that a subprotocol sends. */
  frame?(session: Exports, id: number): unknown;
  /** What a subprotocol tells. */
  event?(session: Exports, id: number): void;
  /** The engine is lost: nothing more will come from it. */
  trapped(error: unknown): void;
}

let make = (host: Host): Engine => new Driver(host);

/** Lets the next sockets have engines of another make: for tests of the facade alone. */
export function makeEngines(other: typeof make): void {
  make = other;
}

/** Makes an engine for a host. Throws WasmUnavailable. */
export const createEngine = (host: Host): Engine => make(host);
