// The other end of one connection, played by the test.

import { type Codec, type Raw, raw } from "../index.js";
import { failing } from "./failure.js";
import { isEqual, show } from "./match.js";
import { NativeSocket } from "./native.js";
import type { Network } from "./network.js";

const { hand } = NativeSocket;

/** A message that nobody has given a type: what a test takes it for. */
export interface AnyMessage {
  // biome-ignore lint/suspicious/noExplicitAny: see above.
  [member: string]: any;
}

/** How long to wait for something, in virtual ms. */
export interface Within {
  /** Default 1,000 for what a peer expects, 60,000 for a dial and for `until`. */
  within?: number;
}

/** How a connection ended. */
export interface Ending {
  /** As the close event has it: 1005 for none, 1006 for a broken connection. */
  readonly code: number;
  readonly reason: string;
  /** Whether there was a closing handshake. */
  readonly wasClean: boolean;
}

/**
 * What a message has to be: equal in depth (matchers such as `expect.any(Number)` of Vitest and Jest may stand in it), a
 * frame as it is by `raw(…)`, or what a function says yes to.
 */
export type Match<T> = T | Raw | ((message: T) => unknown);

/** What answers a message: a message, or a function that makes it, or makes `undefined` for none. */
export type Reply<Hears, Says> = Says | Raw | ((message: Hears) => Says | Raw | undefined);

export interface Answer {
  readonly match: unknown;
  readonly reply: unknown;
}

/** What peers have in common. */
export interface PeerSide {
  readonly network: Network;
  readonly codec: Codec;
  /** Answers of all peers. */
  readonly answers: Answer[];
  /** Lets time pass until there is something, at most so long. */
  drive<T>(look: () => T | undefined, within: number): Promise<T | undefined>;
}

type Frame = string | ArrayBuffer | Blob;

interface Heard {
  readonly frame: Frame;
  /** The message or, where the frame does not decode, the frame. */
  readonly value: unknown;
  readonly isMessage: boolean;
}

const { constructor: Wrapped } = raw("");
/** Whether it is one of ours, or of the entry `tautline/slim`, which has a class of its own. */
const isRaw = (value: unknown): value is Raw =>
  value instanceof Wrapped ||
  (Object(value) === value &&
    Object.getPrototypeOf(value) !== Object.prototype &&
    Object.keys(value as object).join() === "data");
const plain = (value: unknown) => (isRaw(value) ? value.data : value);

const SOON = 1_000;
const MAX_REASON = 123;

/**
 * A scripted peer: the server's end of one connection, as `accept` of the kit gives it. `Hears` is what the code under test
 * sends, `Says` what it receives.
 *
 * @example
 * const peer = await kit.accept();
 * await peer.expect({ type: "hello" });
 * peer.say({ type: "welcome" });
 */
export class Peer<Hears = AnyMessage, Says = AnyMessage> {
  /** The address that was dialled. */
  readonly url: string;
  /** The subprotocols that were offered. */
  readonly protocols: readonly string[];
  /** The one that was selected, or "". */
  readonly protocol: string;
  readonly #side: PeerSide;
  readonly #socket: NativeSocket;
  readonly #received: Hears[] = [];
  readonly #unread: Heard[] = [];
  readonly #answers: Answer[] = [];
  /** What waits for the end of a stall: frames from the socket, and acts of this side. */
  #held: Frame[] = [];
  #acts: (() => void)[] = [];
  #isStalled = false;
  #closed: Ending | undefined;

  /** @internal */
  constructor(side: PeerSide, socket: NativeSocket, protocol: string) {
    this.url = socket.url;
    this.protocols = hand.protocols(socket);
    this.protocol = protocol;
    this.#side = side;
    this.#socket = socket;
  }

  /** Every message so far, those that were answered or ignored too. */
  get received(): readonly Hears[] {
    return this.#received;
  }

  /** How the connection has ended, once it has. */
  get closed(): Ending | undefined {
    return this.#closed;
  }

  // --- what the test expects -----------------------------------------------------------------------------------

  /**
   * Waits for the next message, which has to be this one; without an argument, any. Messages are expected in the order in which
   * they are sent, each once; what is answered or ignored is passed over.
   *
   * @returns The message.
   * @throws {KitError} It is another one, none comes within the time (1,000 ms), or the connection has ended.
   *
   * @example
   * const { id } = await peer.expect((message) => message.type === "order");
   */
  expect<T extends Hears>(match: (message: Hears) => message is T, options?: Within): Promise<T>;
  expect(match: (message: Hears) => unknown, options?: Within): Promise<Hears>;
  expect(match?: Hears | Raw, options?: Within): Promise<Hears>;
  async expect(match?: unknown, { within = SOON }: Within = {}): Promise<Hears> {
    const fail = failing(this.expect);
    const { drive, network } = this.#side;
    const isAny = match === undefined;
    const wanted = isAny ? "a message" : show(plain(match));
    await drive(() => this.#unread.length || this.#closed, this.#closed ? 0 : within);
    const next = this.#unread[0];
    if (next && (isAny || this.#isMatch(match, next))) {
      this.#unread.shift();
      return next.value as Hears;
    }
    const actual = isRaw(match) ? next?.frame : next?.value;
    const what = next
      ? `the next message is another one\n  expected  ${wanted}\n  received  ${show(actual)}`
      : `${
          this.#closed
            ? `the connection has ended (${this.#closed.code}), and nothing more was sent`
            : `nothing was sent within ${within.toLocaleString("en")} ms`
        }\n  expected  ${wanted}`;
    const isShown = next && typeof match !== "function";
    const differs = isShown ? { expected: plain(match), actual } : undefined;
    throw fail(`peer.expect: ${what}${network.report()}`, differs);
  }

  /**
   * Lets so much time pass (default none), in which nothing may be sent; what is answered or ignored does not count.
   *
   * @throws {KitError} Something was sent, or had been before.
   */
  async expectNothing(within = 0): Promise<void> {
    const fail = failing(this.expectNothing);
    await this.#side.drive(() => this.#unread[0], within);
    const next = this.#unread[0];
    if (!next) return;
    const what = `nothing was expected, but this was sent:\n  received  ${show(next.value)}`;
    throw fail(`peer.expectNothing: ${what}${this.#side.network.report()}`);
  }

  /**
   * Waits until the connection has ended, whoever ends it.
   *
   * @param code The close code that it has to have: 1005 where none was given, 1006 for a break.
   * @throws {KitError} It ends with another code, or not within the time (1,000 ms).
   */
  async expectClose(code?: number, { within = SOON }: Within = {}): Promise<Ending> {
    const fail = failing(this.expectClose);
    const { drive, network } = this.#side;
    const closed = await drive(() => this.#closed, within);
    if (closed && (code === undefined || closed.code === code)) return closed;
    const what = closed
      ? `the connection was closed with ${closed.code}, and ${code} was expected`
      : `the connection was not closed within ${within.toLocaleString("en")} ms`;
    const differs = closed && { expected: code, actual: closed.code };
    throw fail(`peer.expectClose: ${what}${network.report()}`, differs);
  }

  // --- what it does --------------------------------------------------------------------------------------------

  /**
   * Sends messages. They arrive at once, before this returns, unless the code under test is being called just then.
   *
   * @throws {KitError} The connection has ended.
   */
  say(...messages: (Says | Raw)[]): void {
    const fail = failing(this.say);
    if (this.#closed) throw fail(`peer.say: the connection has ended (${this.#closed.code})`);
    for (const message of messages) this.#say(message);
  }

  /**
   * Answers every message of this kind from now on; `expect` passes such messages over.
   *
   * @returns A function that ends it.
   *
   * @example
   * peer.answer({ type: "ping" }, { type: "pong" });
   * peer.answer((m) => m.type === "ask", (m) => ({ type: "reply", id: m.id }));
   */
  answer(match: Match<Hears>, reply: Reply<Hears, Says>): () => void {
    return add(this.#answers, { match, reply });
  }

  /** Passes over every message of this kind from now on. Returns a function that ends it. */
  ignore(match: Match<Hears>): () => void {
    return add(this.#answers, { match, reply: undefined });
  }

  /**
   * Closes the connection, as a server does.
   *
   * @param code 1000 by default; 1005 sends none.
   * @throws {KitError} No server can send this code, or the reason is longer than 123 bytes.
   */
  close(code = 1000, reason = ""): void {
    const fail = failing(this.close);
    if (code === 1006 || code === 1015) {
      throw fail(`peer.close: ${code} is never sent; drop() breaks the connection, which is 1006`);
    }
    if (!(code >= 1000 && code <= 4999) || new Blob([reason]).size > MAX_REASON) {
      throw fail("peer.close: the code has to be 1000 to 4999, the reason at most 123 bytes");
    }
    this.#act(() => this.#end({ code, reason, wasClean: true }, `← close ${code} ${reason}`));
  }

  /** Breaks the connection, as a network does: the code is 1006. */
  drop(): void {
    const { network } = this.#side;
    network.soon(() => this.#end({ code: 1006, reason: "", wasClean: false }, "dropped"));
  }

  /**
   * Goes silent, as a half-open connection does: nothing arrives any more, on either side, and nobody is told. What the other side
   * sends stays in its `bufferedAmount`.
   */
  stall(): void {
    this.#side.network.note("stalled");
    this.#isStalled = true;
  }

  /** Ends a stall: what was sent meanwhile arrives, on both sides and in order. */
  resume(): void {
    this.#side.network.note("resumed");
    this.#isStalled = false;
    this.flush();
  }

  // --- what the network calls ----------------------------------------------------------------------------------

  /** @internal Hands on what was held, if the way is free. */
  flush(): void {
    if (this.#isBlocked()) return;
    const { network } = this.#side;
    const held = this.#held;
    const acts = this.#acts;
    this.#held = [];
    this.#acts = [];
    for (const frame of held) {
      hand.sent(this.#socket, frame);
      this.#take(frame);
    }
    for (const act of acts) network.soon(act);
  }

  /** @internal A frame from the socket; false if it is held. */
  hear(frame: Frame): boolean {
    const isBlocked = this.#isBlocked();
    if (isBlocked) this.#held.push(frame);
    else this.#take(frame);
    return !isBlocked;
  }

  /** @internal The socket was given up before it was open. */
  lose(): void {
    this.#closed ??= { code: 1006, reason: "", wasClean: false };
  }

  /** @internal The socket's goodbye, which is answered. */
  farewell(code: number, reason: string): void {
    const { network } = this.#side;
    const ending = { code, reason, wasClean: true };
    const act = () => {
      this.#closed ??= ending;
      network.later(() => network.end(this.#socket, code, reason, true));
    };
    if (this.#isBlocked()) this.#acts.push(act);
    else act();
  }

  #isBlocked(): boolean {
    return this.#isStalled || this.#side.network.isOffline;
  }

  #act(act: () => void): void {
    if (this.#isBlocked()) this.#acts.push(act);
    else this.#side.network.soon(act);
  }

  #end(ending: Ending, what: string): void {
    const { network } = this.#side;
    if (this.#closed) return;
    network.note(what.trimEnd());
    this.#closed = ending;
    network.end(this.#socket, ending.code, ending.reason, ending.wasClean);
  }

  #say(message: unknown): void {
    const { codec, network } = this.#side;
    const data = isRaw(message) ? message.data : codec.encode(message);
    const frame = typeof data === "string" ? data : copy(data);
    this.#act(() => {
      if (this.#closed) return;
      network.note(`← ${show(plain(message))}`);
      hand.receive(this.#socket, frame);
    });
  }

  #take(frame: Frame): void {
    const { codec, network, answers } = this.#side;
    let value: unknown = frame;
    let isMessage = false;
    try {
      value = codec.decode(frame as string);
      isMessage = true;
    } catch {
      // A frame past the codec, as raw() makes it.
    }
    const heard = { frame, value, isMessage };
    network.note(`→ ${show(value)}`);
    this.#received.push(value as Hears);
    const answer = [...this.#answers, ...answers].find(({ match }) => this.#isMatch(match, heard));
    if (!answer) this.#unread.push(heard);
    else {
      const { reply } = answer;
      const said = typeof reply === "function" ? reply(value) : reply;
      if (said !== undefined) network.later(() => this.#closed || this.#say(said));
    }
  }

  #isMatch(match: unknown, { frame, value, isMessage }: Heard): boolean {
    if (isRaw(match)) return isEqual(match.data, frame);
    if (typeof match === "function") return isMessage && !!match(value);
    return isMessage && isEqual(match, value);
  }
}

const copy = (data: BufferSource): ArrayBuffer =>
  ArrayBuffer.isView(data)
    ? (new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice().buffer as ArrayBuffer)
    : data.slice(0);

/** Puts something in front, and returns what takes it away. */
export function add<T>(list: T[], item: T): () => void {
  list.unshift(item);
  return () => {
    const at = list.indexOf(item);
    if (at >= 0) list.splice(at, 1);
  };
}
