// A scripted engine and a scripted WebSocket: tests say what they do, and see what they were asked.

import type { Engine, Host } from "../engine.js";
import { makeEngines } from "../engine.js";
import { CAUSES, CLOSED_WHY, COMMANDS, QUESTIONS, STATES } from "../wire.js";

/** An engine that does nothing by itself and remembers every call. */
export class FakeEngine implements Engine {
  readonly host: Host;
  readonly calls: [name: string, ...args: unknown[]][] = [];
  readonly options = new Map<number, number>();
  /** What pass() answers. */
  passes = false;
  /** What enqueue() answers. */
  fate = 1;
  readonly figures: number[] = [];

  constructor(host: Host) {
    this.host = host;
    engines.push(this);
  }

  set(option: number, value: number) {
    this.options.set(option, value);
  }
  pass(data: unknown, size: number) {
    this.calls.push(["pass", data, size]);
    return this.passes;
  }
  /** What the message awaits is noted only where it awaits something. */
  enqueue(ticket: number, size: number, ttl: number, key: number, ...awaits: unknown[]) {
    const plain = awaits.every((it) => !it);
    this.calls.push(["enqueue", ticket, size, ttl, key, ...(plain ? [] : awaits)]);
    return this.fate;
  }
  /** What withdraw() answers. */
  progress = 0;
  withdraw(ticket: number) {
    this.calls.push(["withdraw", ticket]);
    return this.progress;
  }
  hold = this.#note("hold");
  stat(index: number) {
    return this.figures[index] ?? 0;
  }
  rule = this.#note("rule");
  /** Noted by the name of the command. */
  command(command: number) {
    this.calls.push([COMMANDS[command] as string]);
  }
  /** Noted as "answer", or as "fail". */
  answer(generation: number, question: number, facts: number) {
    if (question in QUESTIONS) this.calls.push(["answer", QUESTIONS[question], generation, facts]);
    else this.calls.push(["fail", generation]);
  }
  step(generation: number, _question: number, data: unknown) {
    this.calls.push(["step", generation, data]);
    return this.passes;
  }
  call(): never {
    throw new Error("plain messages call nothing of a subprotocol");
  }
  close = this.#note("close");
  free = this.#note("free");

  #note(name: string) {
    return (...args: unknown[]) => {
      this.calls.push([name, ...args]);
    };
  }

  /** The calls of one name, without it. */
  of(name: string): unknown[][] {
    return this.calls.filter(([called]) => called === name).map(([, ...args]) => args);
  }

  /** Tells of a state by its name. */
  state(
    name: (typeof STATES)[number],
    {
      attempt = 0,
      delay = 0,
      cause = "none",
      code = 0,
      reason = "",
      clean = false,
      detail = 0,
    }: {
      attempt?: number;
      delay?: number;
      cause?: (typeof CAUSES)[number];
      code?: number;
      reason?: string;
      clean?: boolean;
      detail?: number;
    } = {},
  ) {
    const kind = CAUSES.indexOf(cause);
    this.host.state(STATES.indexOf(name), attempt, delay, kind, code, reason, clean, detail);
  }

  closed(why: (typeof CLOSED_WHY)[number], cause?: (typeof CAUSES)[number]) {
    this.state("closed", { detail: CLOSED_WHY.indexOf(why), ...(cause && { cause }) });
  }

  ask(question: (typeof QUESTIONS)[number], generation: number, attempt = 0) {
    this.host.ask(QUESTIONS.indexOf(question), generation, attempt, 0, 0, false);
  }
}

export const engines: FakeEngine[] = [];

/** From here on, sockets have fake engines. */
export function installFakes() {
  makeEngines((host) => new FakeEngine(host));
}

/** What happens at a trap: the whole instance is lost, and its calls do nothing from then on. */
export function trapNow(error: unknown) {
  const lost = engines.splice(0);
  for (const engine of lost) {
    for (const name of Object.getOwnPropertyNames(FakeEngine.prototype).concat(
      Object.keys(engine),
    )) {
      if (typeof engine[name as never] === "function" && name !== "of" && name !== "constructor") {
        Object.assign(engine, { [name]: () => undefined });
      }
    }
  }
  for (const { host } of lost) host.trapped(error);
}

/** A native socket under the test's control. */
export class FakeWebSocket {
  static all: FakeWebSocket[] = [];
  onopen: ((event: object) => void) | null = null;
  onmessage: ((event: object) => void) | null = null;
  onclose: ((event: object) => void) | null = null;
  onerror: ((event: object) => void) | null = null;
  readyState = 0;
  binaryType = "blob";
  protocol = "";
  bufferedAmount = 0;
  readonly url: string;
  readonly protocols: string[];
  readonly sent: unknown[] = [];
  readonly closes: unknown[][] = [];

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeWebSocket.all.push(this);
    FakeWebSocket.#made(this);
  }

  static #made: (socket: FakeWebSocket) => void = () => {};

  /** The next socket that is dialled. */
  static next(): Promise<FakeWebSocket> {
    return new Promise((resolve) => {
      FakeWebSocket.#made = resolve;
    });
  }

  send(data: unknown) {
    this.sent.push(data);
  }
  close(...args: unknown[]) {
    this.closes.push(args);
    this.readyState = 2;
  }

  open(protocol = "") {
    this.readyState = 1;
    this.protocol = protocol;
    this.onopen?.(new Event("open"));
  }
  receive(data: unknown) {
    this.onmessage?.(new MessageEvent("message", { data }));
  }
  end(code: number, reason = "", wasClean = true) {
    this.readyState = 3;
    this.onclose?.(Object.assign(new Event("close"), { code, reason, wasClean }));
  }
}

/** Errors that went where uncaught ones go. */
export const reported: unknown[] = [];
Object.assign(globalThis, { reportError: (error: unknown) => reported.push(error) });

/** Lets every promise that can settle do so. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
