// A socket that comes back, or one that is at least told when its link is dead: tautline's own Socket, with the events
// and the attributes of the browser's class.

import {
  type Cause,
  type Codec,
  connect,
  type Frame,
  type Provider,
  type Socket,
  type State,
} from "../index.js";
import { fail, sizeOf } from "./convert.js";
import { closeEvent, type Emit, type Link } from "./link.js";
import type { WebSocketOptions } from "./options.js";

export type Data = string | BufferSource | Blob;

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;
const READY_STATES: { readonly [name in State["name"]]?: number } = {
  idle: CLOSED,
  open: OPEN,
  closing: CLOSING,
  closed: CLOSED,
};
/** Where there is no connection and no attempt, so that none can end. */
const APART = /^(idle|waiting|suspended|closed)$/;
/** What we end ourselves, in good order. */
const OURS = /^(user|reconnect|page-hide|paused)$/;
/** As good as no limit. */
const LONGEST = 2 ** 31 - 1;

const frames: Codec<never, Frame> = { encode: (data) => data, decode: (frame) => frame };

export class Kept implements Link {
  readonly socket: Socket<Data, Frame>;
  /** Whether it comes back. */
  readonly returns: boolean;
  binaryType: BinaryType = "blob";
  readyState: number;
  readonly #emit: Emit;
  #url: string;
  #last: WebSocket | undefined;
  #origin = "";
  /** What may still be queued, oldest first. */
  #queued: Data[] = [];
  /** What the close event will say of a connection that we end. */
  #farewell: { code?: number | undefined; reason?: string | undefined } = {};
  /** Whether a method runs: it returns before listeners hear of what it does. */
  #isCalled = false;
  #isOpening = false;

  constructor(
    emit: Emit,
    url: Provider<string | URL>,
    protocols: Provider<string | readonly string[] | undefined>,
    returns: boolean,
    policies: WebSocketOptions,
  ) {
    this.#emit = emit;
    this.#url = typeof url === "string" ? url : "";
    this.returns = returns;
    const off = { lifecycle: false, connectTimeout: LONGEST, maxMessageSize: LONGEST };
    const socket = connect<Data, Frame>(url, {
      ...(!returns && off),
      ...policies,
      ...(!returns && { retry: () => false }),
      protocols,
      codec: frames as unknown as Codec<Data, Frame>,
    });
    this.socket = socket;
    this.readyState = READY_STATES[socket.state.name] ?? CONNECTING;
    socket.addEventListener("state", ({ state, previous }) => {
      const enter = () => this.#enter(state, previous);
      if (this.#isCalled) queueMicrotask(enter);
      else enter();
    });
    socket.addEventListener("drop", ({ message }) => {
      // Of equal texts one only; and none where it is the new one that found no room.
      if (this.#excess > 0) this.#queued.splice(this.#queued.indexOf(message as Data), 1);
    });
    socket.subscribe((frame) => {
      if (this.readyState !== OPEN) return;
      const isBlob = typeof frame !== "string" && this.binaryType === "blob";
      const data = isBlob ? new Blob([frame]) : frame;
      emit(new MessageEvent("message", { data, origin: this.#origin }));
    });
  }

  #enter(state: State, previous: State): void {
    const { name, cause } = state as { name: State["name"]; cause?: Cause };
    const ready = READY_STATES[name] ?? CONNECTING;
    const isOver = ready === CLOSED;
    const wasApart = APART.test(previous.name);
    if (this.readyState === CLOSED && !this.returns) return;
    this.#last = this.#native;
    this.readyState = ready;
    if (ready === OPEN) {
      this.#farewell = {};
      this.#origin = this.url && new URL(this.url).origin;
      // The queue leaves right after this event, so that a login sent by a listener can be the first.
      this.#isOpening = true;
      this.#emit(new Event("open"));
      this.#isOpening = false;
      this.#queued = [];
    } else if (isOver || (!wasApart && ready === CONNECTING && (cause || APART.test(name)))) {
      if (!this.returns) this.readyState = CLOSED;
      this.#end(cause, wasApart || OURS.test(cause?.kind as string));
      // Nothing brings it back: not the page that is shown again either.
      if (!this.returns && !isOver) this.socket.close();
    }
  }

  /** What the browser said of the end, or what we wanted it to be, or a break. */
  #end(cause: Cause | undefined, isOurs: boolean): void {
    const { code = 1000, reason = "" } = this.#farewell;
    const ours = isOurs ? { code, reason, wasClean: true } : { code: 1006 };
    const said = cause?.code ? cause : ours;
    this.#farewell = {};
    if (!said.wasClean) this.#emit(new Event("error"));
    this.#emit(closeEvent(said as CloseEventInit));
  }

  #call(act: () => void): void {
    this.#isCalled = true;
    act();
    this.#isCalled = false;
  }

  /** The native socket of this attempt, or the last one. */
  get #native(): WebSocket | undefined {
    this.#last = this.socket.native ?? this.#last;
    return this.#last;
  }

  get url(): string {
    return this.#native?.url ?? this.#url;
  }

  get protocol(): string {
    return this.#native?.protocol ?? "";
  }

  get extensions(): string {
    return this.#native?.extensions ?? "";
  }

  get bufferedAmount(): number {
    const queued = this.#queued.slice(Math.max(0, this.#excess));
    return sizeOf(...queued) + (this.#native?.bufferedAmount ?? 0);
  }

  /** How many of those that may still be queued are not. */
  get #excess(): number {
    return this.#queued.length - this.socket.stats().queuedMessages;
  }

  send(data: Data): void {
    if (this.readyState === CONNECTING && !this.returns) {
      fail("InvalidStateError", "The WebSocket is still connecting");
    }
    if (this.readyState > OPEN) return;
    if (this.#isOpening) this.#native?.send(data as string);
    else if (this.socket.send(data) === "queued") this.#queued.push(data);
  }

  close(code?: number, reason?: string): void {
    if (this.readyState > OPEN) return;
    this.readyState = CLOSING;
    this.#farewell = { code, reason };
    this.#call(() => this.socket.close(code, reason));
  }

  reconnect(code?: number, reason?: string): void {
    if ((this.socket.state as { why?: string }).why === "aborted") return;
    this.#farewell = { code, reason };
    if (this.readyState === OPEN) this.#native?.close(code, reason);
    this.readyState = CONNECTING;
    this.#isOpening = false;
    this.#call(() => this.socket.reconnect());
  }
}
