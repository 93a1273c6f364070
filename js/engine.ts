// The wasm engine: compiled at the first connect(), shared by all sockets of the page, replaced after a trap.

import { InternalError, WasmUnavailable } from "./errors.js";
import { createGlue } from "./generated/engine.js";
import { wasmHex } from "./generated/wasm.js";

/** What the facade asks of the engine. Times are ms; a generation numbers an attempt. */
export interface Engine {
  set(option: number, value: number): void;
  rule(from: number, to: number, action: number, delay: number): void;
  /** Gives the command at this place of COMMANDS. */
  command(command: number): void;
  /** Answers the question of this number, with the facts of the address; FAILED answers any. */
  answer(generation: number, question: number, facts: number): void;
  /** Sends the credentials or a message of the restore step; false if that step is over. */
  step(generation: number, data: string | BufferSource): boolean;
  pass(data: string | BufferSource, size: number): boolean;
  /** 1 is queued; from 2 on dropped, for the reason number minus 2. */
  enqueue(ticket: number, size: number, ttl: number, key: number): number;
  close(code: number, reason: string, drain: number): void;
  stat(index: number): number;
  free(): void;
}

/** What the engine asks of the facade. None of these may throw: an exception would poison the engine. */
export interface Host {
  ask(
    question: number,
    generation: number,
    attempt: number,
    downtime: number,
    unconfirmed: number,
    reconnected: boolean,
  ): void;
  dial(generation: number): unknown;
  receive(data: unknown): number;
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
  dropped(ticket: number, reason: number): void;
  latency(ms: number): void;
  fault(cause: number): void;
  timer(reason: number, delay: number): void;
}

/** A host that hears when its engine is lost. */
export interface TrapHost extends Host {
  trapped(error: unknown): void;
}

interface Instance {
  readonly Engine: new (host: Host) => Engine;
  /** Whose engines live in it. */
  readonly hosts: Set<TrapHost>;
}

let instance: Instance | undefined;
let source: (onTrap: (error: unknown) => void) => Glue = createGlue;

interface Glue {
  initSync(options: { module: BufferSource }): unknown;
  readonly Engine: new (host: Host) => Engine;
}

/** Lets the next sockets have engines of another make: for tests of the facade alone. */
export function useGlue(glue: typeof source = createGlue): void {
  source = glue;
  instance = undefined;
}

/** Makes an engine for a host, and the function that frees it. Throws WasmUnavailable. */
export function createEngine(host: TrapHost): [engine: Engine, free: () => void] {
  instance ??= instantiate();
  const { Engine, hosts } = instance;
  hosts.add(host);
  const engine = new Engine(host);
  if (!hosts.has(host)) throw new InternalError("internal");
  return [
    engine,
    () => {
      if (hosts.delete(host)) engine.free();
    },
  ];
}

function instantiate(): Instance {
  const hosts = new Set<TrapHost>();
  const glue = source((error: unknown) => {
    instance = undefined;
    const lost = [...hosts];
    hosts.clear();
    for (const host of lost) host.trapped(error);
  });
  try {
    glue.initSync({ module: fromHex(wasmHex) });
  } catch (error) {
    throw new WasmUnavailable("wasm-unavailable", error);
  }
  return { Engine: glue.Engine, hosts };
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const { fromHex } = Uint8Array as { fromHex?: (hex: string) => Uint8Array<ArrayBuffer> };
  if (fromHex) return fromHex.call(Uint8Array, hex);
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < hex.length; i++) {
    const code = hex.charCodeAt(i);
    // Half a byte at a time; what is shifted out of the byte is gone.
    bytes[i >> 1] = ((bytes[i >> 1] as number) << 4) + (code & 15) + (code >> 6) * 9;
  }
  return bytes;
}
