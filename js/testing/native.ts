// The class that stands in for the browser's WebSocket, and behaves like it: see the WHATWG WebSockets standard.

type Data = string | ArrayBufferLike | ArrayBufferView | Blob;

type Handler = (event: Event) => void;

const TYPES = ["open", "message", "error", "close"] as const;
/** A subprotocol's name is a token of HTTP. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const MAX_REASON = 123;

/** The network under a socket. */
export interface Wire {
  /** What relative addresses refer to. */
  readonly base: string | undefined;
  dial(socket: NativeSocket): void;
  /** A frame that leaves; false if it cannot, and is held. */
  transmit(socket: NativeSocket, data: string | ArrayBuffer | Blob): boolean;
  /** The socket was closed before it was open. */
  giveUp(socket: NativeSocket): void;
  /** The closing handshake that the socket began; without a code where it gave none. */
  goodbye(socket: NativeSocket, code: number | undefined, reason: string): void;
}

const misuse = (name: string, text: string) => new DOMException(text, name);

/** Size in UTF-8, of which `bufferedAmount` speaks. */
const sizeOf = (data: string | ArrayBuffer | Blob) =>
  typeof data === "string"
    ? new Blob([data]).size
    : ((data as Blob).size ?? (data as ArrayBuffer).byteLength);

/** What leaves: a copy, because the memory of a view may change meanwhile. */
function frameOf(data: Data): string | ArrayBuffer | Blob {
  if (ArrayBuffer.isView(data)) {
    const { buffer, byteOffset, byteLength } = data;
    return new Uint8Array(buffer, byteOffset, byteLength).slice().buffer as ArrayBuffer;
  }
  if (typeof data === "object" && typeof (data as ArrayBuffer).byteLength === "number") {
    return (data as ArrayBuffer).slice(0);
  }
  return typeof data === "object" && typeof (data as Blob).size === "number"
    ? (data as Blob)
    : String(data);
}

function parse(url: string | URL, base: string | undefined): URL {
  let parsed: URL | undefined;
  try {
    parsed = new URL(url, base);
    parsed.protocol = parsed.protocol.replace("http", "ws");
    parsed.hash = "";
  } catch {}
  if (!parsed || !/^wss?:$/.test(parsed.protocol)) {
    throw misuse("SyntaxError", `"${url}" is no address of a WebSocket`);
  }
  return parsed;
}

export class NativeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  declare onopen: ((event: Event) => void) | null;
  declare onmessage: ((event: MessageEvent) => void) | null;
  declare onerror: ((event: Event) => void) | null;
  declare onclose: ((event: CloseEvent) => void) | null;

  readonly url: string;
  readonly extensions = "";
  readonly #wire: Wire;
  readonly #handlers = new Map<string, Handler | null>();
  #protocol = "";
  #readyState = 0;
  #bufferedAmount = 0;
  #binaryType: BinaryType = "blob";
  readonly #protocols: readonly string[];

  constructor(wire: Wire, url: string | URL, protocols: string | string[] = []) {
    super();
    this.#wire = wire;
    const parsed = parse(url, wire.base);
    const names = [protocols].flat().map(String);
    const isWrong = (name: string, at: number) => !TOKEN.test(name) || names.indexOf(name) !== at;
    if (names.some(isWrong))
      throw misuse("SyntaxError", `Wrong or doubled subprotocol in "${names}"`);
    this.url = parsed.href;
    this.#protocols = names;
    wire.dial(this);
  }

  get protocol(): string {
    return this.#protocol;
  }

  get readyState(): number {
    return this.#readyState;
  }

  get bufferedAmount(): number {
    return this.#bufferedAmount;
  }

  get binaryType(): BinaryType {
    return this.#binaryType;
  }

  set binaryType(value: BinaryType) {
    if (value === "blob" || value === "arraybuffer") this.#binaryType = value;
  }

  send(data: Data): void {
    if (this.#readyState === 0) throw misuse("InvalidStateError", "Still in CONNECTING state");
    const frame = frameOf(data);
    const isGone = this.#readyState === 1 && this.#wire.transmit(this, frame);
    if (!isGone) this.#bufferedAmount += sizeOf(frame);
  }

  close(code?: number, reason = ""): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw misuse("InvalidAccessError", `The code ${code} is neither 1000 nor from 3000 to 4999`);
    }
    if (new Blob([reason]).size > MAX_REASON) {
      throw misuse("SyntaxError", `The reason is longer than ${MAX_REASON} bytes`);
    }
    if (this.#readyState > 1) return;
    const wasOpen = this.#readyState === 1;
    this.#readyState = 2;
    if (!wasOpen) this.#wire.giveUp(this);
    else this.#wire.goodbye(this, code ?? (reason ? 1000 : undefined), String(reason));
  }

  /** What the network does with a socket; not part of what it looks like. */
  static readonly hand = {
    protocols: (socket: NativeSocket) => socket.#protocols,
    open(socket: NativeSocket, protocol: string) {
      if (socket.#readyState !== 0) return;
      socket.#readyState = 1;
      socket.#protocol = protocol;
      socket.dispatchEvent(new Event("open"));
    },
    receive(socket: NativeSocket, data: string | ArrayBuffer) {
      if (socket.#readyState !== 1) return;
      const isBlob = typeof data !== "string" && socket.#binaryType === "blob";
      const { origin } = new URL(socket.url);
      const init = { data: isBlob ? new Blob([data]) : data, origin };
      socket.dispatchEvent(new MessageEvent("message", init));
    },
    /** What was held has left. */
    sent(socket: NativeSocket, data: string | ArrayBuffer | Blob) {
      socket.#bufferedAmount -= sizeOf(data);
    },
    end(socket: NativeSocket, code: number, reason: string, wasClean: boolean) {
      if (socket.#readyState === 3) return;
      const hasFailed = !wasClean;
      socket.#readyState = 3;
      if (hasFailed) socket.dispatchEvent(new Event("error"));
      const members = { code, reason, wasClean };
      const event = globalThis.CloseEvent
        ? new CloseEvent("close", members)
        : Object.assign(new Event("close"), members);
      socket.dispatchEvent(event);
    },
  };

  static {
    for (const type of TYPES) {
      Object.defineProperty(NativeSocket.prototype, `on${type}`, {
        configurable: true,
        enumerable: true,
        get(this: NativeSocket) {
          return this.#handlers.get(type) ?? null;
        },
        set(this: NativeSocket, handler: unknown) {
          const handlers = this.#handlers;
          // The place among the listeners is that of the first handler.
          if (!handlers.has(type)) {
            this.addEventListener(type, (event) => handlers.get(type)?.call(this, event));
          }
          handlers.set(type, typeof handler === "function" ? (handler as Handler) : null);
        },
      });
    }
  }
}
