// The global scope as the engine sees it, in one place: tests put another in its place.

import type { Options } from "./options.js";

/**
 * What the engine takes from the global scope: time, chance, the socket class, and the signals of page and network.
 * The global scope is one; `tautline/testing` makes another.
 */
export interface Scope {
  readonly Date: { now(): number };
  readonly Math: { random(): number };
  readonly crypto: { getRandomValues(array: Uint32Array<ArrayBuffer>): Uint32Array };
  setTimeout<A extends unknown[]>(callback: (...args: A) => void, ms: number, ...args: A): unknown;
  clearTimeout(timer: never): void;
  queueMicrotask(callback: () => void): void;
  /** The class where no option names one. */
  readonly WebSocket?: Options["WebSocket"];
  /** The browser's class of streams, for `transport: "stream"`. */
  readonly WebSocketStream?: new (
    url: string,
    options: { protocols: string[] },
  ) => unknown;
  readonly navigator?: { readonly onLine?: boolean; readonly userAgent?: string };
  /** Where `visibilitychange`, `freeze` and `resume` are heard; relative addresses refer to `baseURI`. */
  readonly document?: EventTarget & { readonly hidden: boolean; readonly baseURI: string };
  readonly location?: { readonly href: string };
  readonly origin?: string;
  /** Where `online`, `offline`, `pagehide` and `pageshow` are heard. */
  readonly addEventListener?: unknown;
  readonly removeEventListener?: unknown;
}

/** @internal */
export let scope: Scope = globalThis;

/**
 * For tests: puts another scope in the place of the global one, for the sockets that are made from now on; without an
 * argument, puts the global one back. `testkit()` of `tautline/testing` does it for you.
 *
 * @example
 * setScope(scopeOfMyTest);
 * setScope(); // back to real time
 */
export function setScope(other: Scope = globalThis): void {
  scope = other;
}
