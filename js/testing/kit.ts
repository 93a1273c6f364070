/// <reference lib="esnext.disposable" preserve="true" />
// The kit: one network, one clock and one page, in the place of the real ones.

import { type Codec, json, type setScope as SetScope, setScope } from "../index.js";
import { failing, type KitError } from "./failure.js";
import { NativeSocket } from "./native.js";
import { type Address, fits, Network } from "./network.js";
import { Page } from "./page.js";
import {
  type Answer,
  type AnyMessage,
  add,
  type Match,
  type Peer,
  type Reply,
  type Within,
} from "./peer.js";
import { KitScope } from "./scope.js";
import { RunnerTime, type RunnerTimers, type Time, VirtualTime } from "./time.js";

/** How a kit differs from its defaults. */
export interface KitOptions {
  /** How frames become messages for peers. Default `json()`. */
  codec?: Codec;
  /** Where chance begins: with the same seed all delays are the same in every run. Default 1. */
  seed?: number;
  /** When virtual time begins, in epoch ms. Default 2030-01-01 in UTC. */
  start?: number;
  /** The address of the page, to which relative addresses refer. Default that of the real page, if there is one. */
  page?: string | URL;
  /**
   * `vi` of Vitest or `jest` of Jest, whose fake timers then are the clock of the kit: for code under test that has timers of
   * its own. `useFakeTimers()` has to come first. Default none: the kit has a clock that nothing else sees.
   */
  timers?: RunnerTimers;
  /** That of `tautline/slim`, where the code under test imports that entry. */
  setScope?: typeof SetScope;
}

/** What is there of what a clean end would not leave. */
export interface Pending {
  /** The addresses of sockets that are connecting or open. */
  readonly sockets: readonly string[];
  /** In how many ms each timer of the engine is due. */
  readonly timers: readonly number[];
  /** How many listen to the signals of page and network. */
  readonly listeners: number;
}

interface Wait {
  look(): unknown;
  /** When the time is over; then it may look once more. */
  readonly end: number;
  isLast: boolean;
  resolve(found: unknown): void;
  reject(error: unknown): void;
  fail(message: string): KitError;
}

const START = Date.UTC(2030, 0, 1);
/** Longer than any wait for a retry. */
const LONG = 60_000;
/** How many timers may fire without time passing. */
const STUCK = 10_000;

// Where the symbol is missing, compilers that lower `using` look for this one.
const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

// biome-ignore lint/suspicious/noExplicitAny: a kit of whatever types.
let current: Kit<any, any> | undefined;

/** See {@link testkit}. */
export class Kit<Out = AnyMessage, In = AnyMessage> {
  /** The socket class of this kit's network, for code that takes one; what `connect()` uses by itself. */
  readonly WebSocket: new (
    url: string | URL,
    protocols?: string | string[],
  ) => WebSocket;
  /** Signals of the page: hide, freeze, leave. */
  readonly page: Page;
  readonly #time: Time;
  readonly #network: Network;
  readonly #scope: KitScope;
  readonly #setScope: typeof SetScope;
  readonly #answers: Answer[] = [];
  readonly #waits = new Set<Wait>();
  #isRunning = false;
  #isOver = false;
  #uninstall: (() => void) | undefined;

  /** @internal */
  constructor(options: KitOptions = {}) {
    const { codec = json() as Codec, seed = 1, start = START, page, timers } = options;
    if (timers && !RunnerTime.isFake()) {
      throw failing(testkit)("testkit: timers needs fake timers: call useFakeTimers() before");
    }
    const time = timers ? new RunnerTime(timers) : new VirtualTime(start);
    const href = page === undefined ? undefined : new URL(page).href;
    const drive = <T>(look: () => T | undefined, within: number) => this.#drive(look, within);
    const network = new Network(time, href, { codec, answers: this.#answers, drive });
    this.WebSocket = class WebSocket extends NativeSocket {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(network, url, protocols);
      }
    } as never;
    this.#time = time;
    this.#network = network;
    this.#scope = new KitScope(time, seed, href, network.base, this.WebSocket);
    network.timers = () => this.#scope.timers();
    this.page = new Page(this.#scope, network);
    this.#setScope = options.setScope ?? setScope;
    current?.restore();
    current = this;
    this.#setScope(this.#scope);
  }

  // --- time ----------------------------------------------------------------------------------------------------

  /** Virtual time in epoch ms. */
  get now(): number {
    return this.#time.now();
  }

  /** Virtual ms since the kit was made. */
  get elapsed(): number {
    return this.#time.now() - this.#network.start;
  }

  /** Lets `ms` of virtual time pass: timers fire in order, and between them everything that can happen does. */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw failing(this.advance)(`kit.advance: got ${ms}, expected ms from 0`);
    await this.#drive(() => undefined, ms);
  }

  /** Lets everything happen that needs no time: frames arrive, promises settle. */
  async settle(): Promise<void> {
    await this.#network.settle();
  }

  /**
   * Lets time pass until a promise settles or a condition holds.
   *
   * @returns What the promise or the condition gave.
   * @throws {KitError} Neither happens within the time (60,000 ms). What a promise rejects with is thrown as it is.
   *
   * @example
   * await kit.until(socket.opened());
   * await kit.until(() => store.status === "online");
   */
  async until<T>(awaited: PromiseLike<T> | (() => T), { within = LONG }: Within = {}): Promise<T> {
    const fail = failing(this.until);
    let settled: { value: T } | { error: unknown } | undefined;
    if (typeof awaited !== "function") {
      awaited.then(
        (value) => {
          settled = { value };
        },
        (error) => {
          settled = { error };
        },
      );
    }
    const look = () => {
      if (typeof awaited !== "function") return settled;
      const value = awaited();
      return value ? { value } : undefined;
    };
    const found = await this.#drive(look, within);
    if (!found) {
      const what = typeof awaited === "function" ? "the condition did not hold" : "nothing settled";
      throw fail(
        `kit.until: ${what} within ${within.toLocaleString("en")} ms${this.#network.report()}`,
      );
    }
    if ("error" in found) throw found.error;
    return found.value;
  }

  /** The machine sleeps for `ms`: time passes, no timer fires, and nothing arrives. What was due happens with the next advance. */
  async sleep(ms: number): Promise<void> {
    this.#network.note(`asleep for ${ms.toLocaleString("en")} ms`);
    const end = this.now + ms;
    this.#network.freeze(true);
    while (await this.#time.step(end));
    this.#network.freeze(false);
  }

  // --- dials ---------------------------------------------------------------------------------------------------

  /**
   * Accepts the next dial, or one that waits already: opens it, and gives the peer that plays its server.
   *
   * @param address Which dials: an address or how it begins, or a regular expression. Default any.
   * @param options `protocol`: the subprotocol to select, by default the first that is offered. `within`: default 60,000 ms,
   *   because a retry may wait that long.
   * @throws {KitError} Nothing dials within the time.
   */
  async accept(
    address?: Address | undefined,
    { protocol, within = LONG }: Within & { protocol?: string } = {},
  ): Promise<Peer<Out, In>> {
    const fail = failing(this.accept);
    const network = this.#network;
    const waits = (socket: NativeSocket) => socket.readyState === 0 && fits(socket.url, address);
    const socket = await this.#drive(() => network.calls.find(waits), within);
    if (!socket) {
      const where = address === undefined ? "" : ` to ${address}`;
      throw fail(
        `kit.accept: nothing dialled${where} within ${within.toLocaleString("en")} ms${network.report()}`,
      );
    }
    network.calls.splice(network.calls.indexOf(socket), 1);
    const peer = network.accept(socket, protocol);
    await network.settle();
    return peer;
  }

  /**
   * Accepts every dial from now on by itself, and hands its peer over, before it is open.
   *
   * @returns A function that ends it.
   *
   * @example
   * kit.serve((peer) => peer.answer({ type: "ping" }, { type: "pong" }));
   */
  serve(welcome: (peer: Peer<Out, In>) => unknown, address?: Address): () => void {
    return add(this.#network.servers, { address, welcome });
  }

  /** Every peer so far, in the order of their dials. */
  get peers(): readonly Peer<Out, In>[] {
    return this.#network.peers;
  }

  /** Refuses the next dials, `Infinity` for all, as a server that is down; 0 ends it. */
  refuse(times = 1): void {
    this.#network.refusals = times;
  }

  /** Leaves the next dials without any answer, `Infinity` for all, as a network that loses everything; 0 ends it. */
  stall(times = 1): void {
    this.#network.stalls = times;
  }

  /** The machine loses the network: nothing arrives, dials fail, `navigator.onLine` is false, and the event says so. */
  offline(): void {
    this.#connect(false);
  }

  /** The network is back: connections that are still there go on, and the event says so. */
  online(): void {
    this.#connect(true);
  }

  /** Answers every message of this kind, for all peers; see {@link Peer.answer}. Returns a function that ends it. */
  answer(match: Match<Out>, reply: Reply<Out, In>): () => void {
    return add(this.#answers, { match, reply });
  }

  /** Passes over every message of this kind, for all peers. Returns a function that ends it. */
  ignore(match: Match<Out>): () => void {
    return add(this.#answers, { match, reply: undefined });
  }

  // --- the end -------------------------------------------------------------------------------------------------

  /** What there is at the moment. */
  pending(): Pending {
    return {
      sockets: Array.from(this.#network.sockets)
        .filter(({ readyState }) => readyState < 2)
        .map(({ url }) => url),
      timers: this.#scope.timers().map((due) => due - this.now),
      listeners: this.#scope.heardBy(),
    };
  }

  /**
   * Makes sure that the code under test has left nothing behind: no socket, no timer, no listener.
   *
   * @throws {KitError} It has.
   */
  async expectNothingLeft(): Promise<void> {
    const fail = failing(this.expectNothingLeft);
    await this.settle();
    const actual = this.pending();
    const { sockets, timers, listeners } = actual;
    if (!sockets.length && !timers.length && !listeners) return;
    const parts = [
      sockets.length && `${sockets.length} open: ${sockets.join(", ")}`,
      timers.length && `timers: ${timers.map((ms) => `in ${ms} ms`).join(", ")}`,
      listeners && `${listeners} listeners to page and network`,
    ].filter(Boolean);
    const differs = { expected: { sockets: [], timers: [], listeners: 0 }, actual };
    throw fail(
      `kit.expectNothingLeft: something is left\n  ${parts.join("\n  ")}${this.#network.report()}`,
      differs,
    );
  }

  /** What has happened so far, a line each with its virtual time. */
  get history(): readonly string[] {
    return this.#network.history;
  }

  /**
   * Puts the socket class at `globalThis.WebSocket` too, until `restore()`: for other libraries, and code that takes it from there.
   */
  install(): this {
    if (this.#uninstall) return this;
    const before = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
    const value = this.WebSocket;
    const mine = { value, configurable: true, writable: true, enumerable: false };
    Object.defineProperty(globalThis, "WebSocket", mine);
    this.#uninstall = () => {
      if (before) Object.defineProperty(globalThis, "WebSocket", before);
      else delete (globalThis as { WebSocket?: unknown }).WebSocket;
    };
    return this;
  }

  /** Ends the kit: `connect()` is back in real time and network. What was connected stays silent. */
  restore(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#uninstall?.();
    if (current !== this) return;
    current = undefined;
    this.#setScope();
  }

  /** The same as `restore()`, for `using kit = testkit()`. */
  [dispose](): void {
    this.restore();
  }

  #connect(isOnline: boolean): void {
    const network = this.#network;
    const { navigator } = this.#scope;
    if (navigator.onLine === isOnline) return;
    const type = isOnline ? "online" : "offline";
    network.note(type);
    navigator.onLine = isOnline;
    network.isOffline = !isOnline;
    if (isOnline) for (const peer of network.peers) peer.flush();
    this.#scope.dispatchEvent(new Event(type));
  }

  /** Lets time pass, timer by timer, until `look` finds something; undefined where it does not in time. */
  #drive<T>(look: () => T | undefined, within: number): Promise<T | undefined> {
    const fail = failing(this.#drive);
    return new Promise((resolve, reject) => {
      if (this.#isOver) {
        throw fail("This kit is over: it was restored, or replaced by another testkit()");
      }
      const end = this.now + within;
      this.#waits.add({ look, end, isLast: false, resolve: resolve as () => void, reject, fail });
      void this.#run();
    });
  }

  /** One loop for all who wait: each looks after every timer. */
  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    const waits = this.#waits;
    let steps = 0;
    try {
      for (;;) {
        await this.#network.settle();
        for (const wait of waits) if (attempt(wait)) waits.delete(wait);
        if (!waits.size) break;
        const before = this.now;
        const end = Math.min(...Array.from(waits, (wait) => wait.end));
        if (!(await this.#time.step(end))) {
          for (const wait of waits) wait.isLast = wait.end <= this.now;
        }
        steps = this.now === before ? steps + 1 : 0;
        if (steps > STUCK) {
          const what = `${STUCK} timers have fired without time passing`;
          const why = `${what}: they set each other${this.#network.report()}`;
          for (const { reject, fail } of waits) reject(fail(why));
          waits.clear();
        }
      }
    } catch (error) {
      for (const { reject } of waits) reject(error);
      waits.clear();
    }
    this.#isRunning = false;
  }
}

/** Lets one who waits look; true if that was the last time. */
function attempt({ look, isLast, resolve, reject }: Wait): boolean {
  try {
    const found = look();
    if (found === undefined && !isLast) return false;
    resolve(found);
  } catch (error) {
    reject(error);
  }
  return true;
}

/**
 * Takes the place of clock, network and page for every socket of tautline that is made from now on, until `restore()`: the
 * engine runs as in production, in a time that only moves when a test moves it, against peers that the test plays. A kit that
 * is there already ends.
 *
 * `Out` is the type of what the code under test sends, `In` of what it receives, as in `connect`.
 *
 * @example
 * const kit = testkit();
 * const chat = openChat("wss://example.com/chat"); // code of yours, which calls connect()
 * const peer = await kit.accept("wss://example.com/chat");
 * await peer.expect({ type: "hello" });
 * peer.drop();
 * const again = await kit.accept(); // after the wait that the engine chooses
 * kit.restore();
 */
export function testkit<Out = AnyMessage, In = AnyMessage>(options: KitOptions = {}): Kit<Out, In> {
  return new Kit<Out, In>(options);
}
