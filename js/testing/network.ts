// The network between sockets and scripted peers: dials, frames, ends, and the order in which they happen.

import { NativeSocket, type Wire } from "./native.js";
import { Peer, type PeerSide } from "./peer.js";
import type { Time } from "./time.js";
import { turn } from "./turn.js";

const { hand } = NativeSocket;

/** How long a browser waits for the answer to its goodbye: as long as Chromium does. */
const GOODBYE = 60_000;
/** How much of the history is kept, and how much of it a report shows. */
const KEPT = 500;
const SHOWN = 12;

/** Which addresses are meant: all, those that begin so, or those that match. */
export type Address = string | URL | RegExp;

export const fits = (url: string, address: Address | undefined): boolean =>
  address === undefined ||
  (address instanceof RegExp ? address.test(url) : url.startsWith(String(address)));

/** A peer whose types only the test knows. */
// biome-ignore lint/suspicious/noExplicitAny: as it says.
type SomePeer = Peer<any, any>;

export class Network implements Wire {
  readonly time: Time;
  readonly start: number;
  readonly page: string | undefined;
  /** When the timers of the engine are due, the next one first. */
  timers: () => number[] = () => [];
  /** Dials that wait for their answer. */
  readonly calls: NativeSocket[] = [];
  readonly peers: SomePeer[] = [];
  readonly sockets = new Set<NativeSocket>();
  isOffline = false;
  refusals = 0;
  stalls = 0;
  /** Those that take dials by themselves. */
  servers: {
    readonly address: Address | undefined;
    readonly welcome: (peer: SomePeer) => unknown;
  }[] = [];
  readonly #side: Omit<PeerSide, "network">;
  readonly #peerOf = new Map<NativeSocket, SomePeer>();
  readonly #goodbyes = new Map<NativeSocket, object>();
  readonly #tasks: (() => void)[] = [];
  readonly #history: string[] = [];
  #isBusy = false;
  #isPumping = false;

  constructor(time: Time, page: string | undefined, side: Omit<PeerSide, "network">) {
    this.time = time;
    this.start = time.now();
    this.page = page;
    this.#side = side;
  }

  get base(): string | undefined {
    return this.page ?? globalThis.document?.baseURI ?? globalThis.location?.href;
  }

  // --- the order of what happens -------------------------------------------------------------------------------

  /** Does it in a task of its own, as a browser does. */
  later(task: () => void): void {
    this.#tasks.push(task);
    void this.#pump();
  }

  /** Does it at once, or after what is under way. */
  soon(task: () => void): void {
    if (this.#isBusy || this.#tasks.length || this.time.isFrozen) this.later(task);
    else this.#run(task);
  }

  #run(task: () => void): void {
    const wasBusy = this.#isBusy;
    this.#isBusy = true;
    try {
      task();
    } finally {
      this.#isBusy = wasBusy;
    }
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#tasks.length && !this.time.isFrozen) {
      await turn();
      const task = this.#tasks.shift();
      if (task) this.#run(task);
    }
    this.#isPumping = false;
  }

  /** Resolves when nothing is left to do without time passing. */
  async settle(): Promise<void> {
    void this.#pump();
    do await turn();
    while (this.#tasks.length && !this.time.isFrozen);
  }

  /** Holds everything back, as long as the page is frozen or the machine asleep. */
  freeze(isFrozen: boolean): void {
    this.time.isFrozen = isFrozen;
    if (!isFrozen) void this.#pump();
  }

  // --- what sockets do -----------------------------------------------------------------------------------------

  dial(socket: NativeSocket): void {
    const names = hand.protocols(socket);
    this.note(`dial ${socket.url}${names.length ? ` (${names.join(", ")})` : ""}`);
    this.sockets.add(socket);
    if (this.isOffline || this.refusals > 0) {
      if (!this.isOffline) this.refusals -= 1;
      this.refuse(socket);
      return;
    }
    if (this.stalls > 0) {
      this.stalls -= 1;
      return;
    }
    const server = this.servers.find(({ address }) => fits(socket.url, address));
    if (server) this.#run(() => server.welcome(this.accept(socket)));
    else this.calls.push(socket);
  }

  refuse(socket: NativeSocket): void {
    this.later(() => {
      if (this.sockets.has(socket)) this.note("refused");
      this.end(socket, 1006, "", false);
    });
  }

  accept(socket: NativeSocket, protocol = hand.protocols(socket)[0] ?? ""): SomePeer {
    const peer: SomePeer = new Peer({ ...this.#side, network: this }, socket, protocol);
    this.peers.push(peer);
    this.#peerOf.set(socket, peer);
    this.later(() => {
      if (socket.readyState !== 0) return;
      this.note("open");
      hand.open(socket, protocol);
    });
    return peer;
  }

  transmit(socket: NativeSocket, data: string | ArrayBuffer | Blob): boolean {
    let hasLeft = false;
    this.#run(() => {
      hasLeft = this.#peerOf.get(socket)?.hear(data) ?? false;
    });
    return hasLeft;
  }

  giveUp(socket: NativeSocket): void {
    this.note("given up");
    this.#peerOf.get(socket)?.lose();
    this.later(() => this.end(socket, 1006, "", false));
  }

  goodbye(socket: NativeSocket, code: number | undefined, reason: string): void {
    this.note(`→ close ${code ?? 1005} ${reason}`.trimEnd());
    this.#goodbyes.set(
      socket,
      this.time.setTimeout(() => this.end(socket, 1006, "", false), GOODBYE),
    );
    this.#run(() => this.#peerOf.get(socket)?.farewell(code ?? 1005, reason));
  }

  end(socket: NativeSocket, code: number, reason: string, wasClean: boolean): void {
    this.sockets.delete(socket);
    this.time.clearTimeout(this.#goodbyes.get(socket));
    hand.end(socket, code, reason, wasClean);
  }

  // --- reports -------------------------------------------------------------------------------------------------

  note(what: string): void {
    const at = (this.time.now() - this.start).toLocaleString("en");
    this.#history.push(`${at.padStart(10)} ms  ${what}`);
    if (this.#history.length > KEPT) this.#history.shift();
  }

  get history(): readonly string[] {
    return this.#history;
  }

  /** The end of every sentence that tells of a failure. */
  report(): string {
    const last = this.#history.slice(-SHOWN);
    const due = this.timers().map((at) => `in ${(at - this.time.now()).toLocaleString("en")} ms`);
    return [
      "\n\nWhat has happened:",
      ...(last.length ? last : ["  nothing: no socket has dialled"]),
      `Timers that are set: ${due.length ? due.join(", ") : "none"}`,
    ].join("\n");
  }
}
