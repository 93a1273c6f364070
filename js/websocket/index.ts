import { OptionError, type Provider, type Socket } from "../index.js";
import {
  fail,
  isObject,
  need,
  readClose,
  readData,
  readProtocols,
  readUrl,
  sizeOf,
} from "./convert.js";
import { Kept } from "./kept.js";
import type { Link } from "./link.js";
import type { WebSocketOptions } from "./options.js";
import { plain } from "./plain.js";
import { withOptions } from "./with.js";

export type { WebSocketOptions };

type Handler<E> = ((this: globalThis.WebSocket, event: E) => unknown) | null;

const nativeClass = () => {
  const current = globalThis.WebSocket as
    | (typeof globalThis.WebSocket & Partial<typeof WebSocket>)
    | undefined;
  return current?.native ?? current;
};

/** An event handler attribute is one listener, whatever is assigned to it. */
interface Attribute extends EventListenerObject {
  value: unknown;
}

/**
 * The browser's `WebSocket`, but it comes back. Libraries take it in place of the browser's own.
 *
 * With `{ reconnect: false }` it does what the browser's class does, to the letter; `heartbeat` and `lifecycle` can be
 * named beside that.
 *
 * @example
 * const socket = new WebSocket("wss://example.com/live", "chat.v2", { heartbeat: { ping, isPong } });
 * socket.onmessage = (event) => show(event.data);
 * createClient({ webSocketImpl: WebSocket.with({ reconnect: false }) });
 */
export class WebSocket extends EventTarget implements globalThis.WebSocket {
  /**
   * The class that was global when this module was loaded, or false: sockets are made of it where this class has taken its
   * place, as by `globalThis.WebSocket = WebSocket`.
   */
  static readonly native: typeof globalThis.WebSocket | false = globalThis.WebSocket ?? false;
  declare static readonly CONNECTING: 0;
  declare static readonly OPEN: 1;
  declare static readonly CLOSING: 2;
  declare static readonly CLOSED: 3;
  declare readonly CONNECTING: 0;
  declare readonly OPEN: 1;
  declare readonly CLOSING: 2;
  declare readonly CLOSED: 3;
  /** The address; before a function has given it, "". */
  declare readonly url: string;
  /** CONNECTING also while a wait precedes the next attempt; CLOSED is final. */
  declare readonly readyState: 0 | 1 | 2 | 3;
  declare readonly extensions: string;
  declare readonly protocol: string;
  declare onopen: Handler<Event>;
  declare onerror: Handler<Event>;
  declare onclose: Handler<CloseEvent>;
  declare onmessage: Handler<MessageEvent>;

  readonly #link: Link;
  readonly #attributes = new Map<string, Attribute>();
  /** Bytes given to `send` when it was too late, as far as the link does not count them. */
  #late = 0;

  /**
   * @param url Absolute or relative to the page, with `ws(s):` or `http(s):`; or a function, called anew for each attempt.
   * @param protocols Subprotocols to offer; or a function.
   * @throws {DOMException} `SyntaxError`: the URL or a subprotocol is wrong.
   * @throws {OptionError} An option is unknown or wrong.
   */
  constructor(
    url: Provider<string | URL>,
    protocols: Provider<string | Iterable<string> | undefined> = [],
    options: WebSocketOptions | undefined = undefined,
  ) {
    super();
    // biome-ignore lint/complexity/noArguments: rest arguments would change `length`, which libraries may look at
    need(arguments);
    // The interface of the standard ignores what else it is given.
    const given = isObject(options) ? options : {};
    const { reconnect = true, ...policies } = given;
    if (typeof reconnect !== "boolean") {
      throw new OptionError("options.reconnect", reconnect, "true or false", 1);
    }
    const emit = (event: Event) => {
      super.dispatchEvent(event);
    };
    const isFunction = typeof url === "function" || typeof protocols === "function";
    const address = typeof url === "function" ? url : readUrl(`${url}`);
    const names = typeof protocols === "function" ? protocols : readProtocols(protocols);
    const { WebSocket = nativeClass(), ...named } = policies;
    const isOff = !reconnect && !isFunction && Object.values(named).every((it) => it === undefined);
    // Where there is no class, tautline's own socket says so.
    this.#link =
      isOff && WebSocket
        ? plain(emit, address as string, names as string[], WebSocket)
        : new Kept(emit, address, names as string[], reconnect, policies);
  }

  /**
   * A class with these options built in, for libraries that call `new WebSocket(url, protocols)`.
   *
   * @example
   * const client = createClient({ url, webSocketImpl: WebSocket.with({ reconnect: false }) });
   */
  static with(options: WebSocketOptions): typeof WebSocket {
    // biome-ignore lint/complexity/noThisInStatic: a class made so can be the base of another
    return withOptions(this, options);
  }

  /** The tautline socket behind this one, with its state, figures and events; none with `reconnect: false` alone. */
  get socket(): Socket<string | BufferSource | Blob, string | ArrayBuffer> | undefined {
    return (this.#link as Partial<Kept>).socket;
  }

  /** Bytes that wait in the queue and in the browser. */
  get bufferedAmount(): number {
    return this.#link.bufferedAmount + this.#late;
  }

  get binaryType(): BinaryType {
    return this.#link.binaryType;
  }

  set binaryType(value: BinaryType) {
    const link = this.#link;
    const type = `${value}` as BinaryType;
    if (type === "blob" || type === "arraybuffer") link.binaryType = type;
  }

  #get(type: string): null {
    return (this.#attributes.get(type)?.value ?? null) as null;
  }

  #set(type: string, value: unknown): void {
    const attributes = this.#attributes;
    const attribute = attributes.get(type);
    if (!isObject(value)) {
      attributes.delete(type);
      super.removeEventListener(type, attribute ?? null);
    } else if (attribute) {
      attribute.value = value;
    } else {
      const made: Attribute = {
        value,
        handleEvent: (event) => {
          if (typeof made.value === "function") made.value.call(this, event);
        },
      };
      attributes.set(type, made);
      super.addEventListener(type, made);
    }
  }

  /**
   * Sends data: at once where the socket is open; while it is not, and comes back, from the queue once it is.
   *
   * @throws {DOMException} `InvalidStateError`: CONNECTING, with `reconnect: false`.
   */
  send(data: string | BufferSource | Blob): void {
    const link = this.#link;
    // biome-ignore lint/complexity/noArguments: undefined is data, the text "undefined"
    need(arguments);
    const value = readData(data);
    const isLate = link.readyState > 1;
    const before = isLate ? link.bufferedAmount : 0;
    link.send(value);
    if (isLate) this.#late += sizeOf(value) - (link.bufferedAmount - before);
  }

  /**
   * Closes the socket for good: only `reconnect()` opens it again.
   *
   * @throws {DOMException} `InvalidAccessError`: `code` is neither 1000 nor 3000–4999; `SyntaxError`: `reason` is longer than
   *   123 bytes.
   */
  close(code?: number, reason?: string): void;
  // The standard's `length` is 0, and a minifier may take a default of undefined away.
  close(...[code, reason]: [code?: number, reason?: string]): void {
    this.#link.close(...readClose(code, reason));
  }

  /**
   * Dials now: instead of waiting, in place of the current connection, or after `close()`.
   *
   * @throws {DOMException} `InvalidStateError`, with `reconnect: false`.
   */
  reconnect(code: number | undefined = undefined, reason: string | undefined = undefined): void {
    const link = this.#link;
    const [status, text] = readClose(code, reason);
    if (!(link instanceof Kept && link.returns)) {
      fail("InvalidStateError", "This WebSocket does not reconnect");
    }
    link.reconnect(status, text);
  }

  declare addEventListener: globalThis.WebSocket["addEventListener"];
  declare removeEventListener: globalThis.WebSocket["removeEventListener"];

  static {
    const { prototype } = WebSocket;
    const define = Object.defineProperty;
    const add = (accessors: object) =>
      Object.defineProperties(prototype, Object.getOwnPropertyDescriptors(accessors));
    for (const name of ["url", "readyState", "extensions", "protocol"] as const) {
      add({
        get [name]() {
          return (this as unknown as WebSocket).#link[name];
        },
      });
    }
    for (const type of ["open", "error", "close", "message"]) {
      add({
        get [`on${type}`]() {
          return (this as unknown as WebSocket).#get(type);
        },
        set [`on${type}`](value: unknown) {
          (this as unknown as WebSocket).#set(type, value);
        },
      });
    }
    // Members of an interface are enumerable, those of a class are not.
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (name !== "constructor") define(prototype, name, { enumerable: true });
    }
    ["CONNECTING", "OPEN", "CLOSING", "CLOSED"].forEach((name, value) => {
      for (const owner of [WebSocket, prototype]) define(owner, name, { value, enumerable: true });
    });
    // Sockets of the classes that `with` makes are WebSockets, too.
    define(WebSocket, Symbol.hasInstance, {
      value: function (this: unknown, value: unknown) {
        return (
          Function.prototype[Symbol.hasInstance].call(this as never, value) ||
          (this === WebSocket && isObject(value) && #link in value)
        );
      },
    });
    define(prototype, Symbol.toStringTag, { value: "WebSocket", configurable: true });
    // Minifiers take the name away.
    define(WebSocket, "name", { value: "WebSocket" });
  }
}
