// The wasm module: compiled at the first connect(), shared by all sockets of the page, replaced after a trap.

import { WasmUnavailable } from "../errors.js";
import { compile } from "./wasm.js";

/** The exports of src/js/exports.rs, where they are described. `id` is a session's number, `now` in ms. */
export interface Exports {
  create(seedHigh: number, seedLow: number): number;
  free(id: number): void;
  set(id: number, option: number, value: number): void;
  rule(id: number, from: number, to: number, action: number, delay: number): void;
  command(id: number, now: number, command: number): void;
  close(id: number, now: number, code: number, drain: number): void;
  signal(id: number, now: number, signal: number): void;
  timeout(id: number, now: number): void;
  buffered(id: number, bytes: number): void;
  answer(id: number, now: number, generation: number, question: number, facts: number): number;
  opened(id: number, now: number, generation: number, protocolSelected: boolean): void;
  reason(id: number, character: number): void;
  closed(id: number, now: number, generation: number, code: number, wasClean: boolean): void;
  heard(id: number, generation: number, size: number): number;
  classified(id: number, now: number, generation: number, verdict: number): void;
  overflowed(id: number, now: number, generation: number): void;
  pass(id: number, size: number): number;
  sent(id: number, now: number): void;
  expect(id: number, awaits: number, repeats: boolean, timeout: number): void;
  enqueue(id: number, now: number, ticket: number, size: number, ttl: number, key: number): number;
  withdraw(id: number, now: number, ticket: number): number;
  replied(id: number, now: number, generation: number, ticket: number): number;
  hold(id: number, ms: number): void;
  may_restore(id: number, generation: number): number;
  poll(id: number): number;
  field(id: number, index: number): number;
  advise(id: number, now: number, advice: number): void;
  deadline(id: number): number;
  timer(id: number): number;
  stat(id: number, now: number, index: number): number;
}

/** Who hears when the instance is lost. */
export interface Tenant {
  trapped(error: unknown): void;
}

export interface Instance {
  readonly exports: Exports;
  /** Whose sessions live in it. */
  readonly tenants: Set<Tenant>;
}

let instance: Instance | undefined;

/** The instance that serves new sessions. Throws WasmUnavailable. */
export function serving(): Instance {
  instance ??= instantiate();
  return instance;
}

function instantiate(): Instance {
  const tenants = new Set<Tenant>();
  let source: WebAssembly.Exports;
  try {
    source = new WebAssembly.Instance(compile()).exports;
  } catch (error) {
    throw error instanceof WasmUnavailable ? error : new WasmUnavailable("wasm-unavailable", error);
  }
  // There is no unwinding: a trap leaves the state of the whole instance torn. Whoever lives in it hears of it once,
  // and later calls do nothing.
  let lost = false;
  const exports: Record<string, unknown> = {};
  for (const name in source) {
    const call = source[name] as (...args: unknown[]) => unknown;
    // The memory is no function.
    exports[name] = call;
    if (typeof call !== "function") continue;
    // Not spread: that would be a list for each call.
    exports[name] = (
      a?: number,
      b?: number,
      c?: number,
      d?: number,
      e?: number,
      f?: number,
      g?: number,
      h?: number,
    ) => {
      try {
        return lost ? undefined : call(a, b, c, d, e, f, g, h);
      } catch (error) {
        lost = true;
        instance = undefined;
        const all = [...tenants];
        tenants.clear();
        for (const tenant of all) tenant.trapped(error);
        return undefined;
      }
    };
  }
  return { exports: exports as unknown as Exports, tenants };
}
