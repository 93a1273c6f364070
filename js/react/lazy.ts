// The socket of a component. React renders without committing, runs effects twice, and brings back what it put away: so
// the connection is made by the first effect that needs it, and ends when no effect holds it any more.

import { connect, type Options, type Provider, Socket, type State } from "../index.js";

/** Before there is a connection to ask, as on a server. */
export const IDLE: State = { name: "idle" };

/** What the last rendering asked for. */
export interface Asked {
  readonly url: Provider<string | URL> | null;
  readonly options: Options;
}

/** A socket to all who see it, and the handle by which effects hold it. */
export interface Lazy extends Socket {
  /** The address that it was made for, as text: another one wants another socket. */
  readonly key: string;
  asked: Asked;
  /** Connects, if it `opens` by itself; returns what lets go. */
  hold(opens: boolean): () => void;
}

const noUrl = () => {
  throw new TypeError("useSocket() has no url yet");
};

/** The same object, with functions that call those of the last rendering; everything else stays as it was at first. */
function follow<T extends object>(given: T, last: () => T | undefined): T {
  const followed = { ...given };
  for (const name in given) {
    const value: unknown = given[name];
    const now = () => (last()?.[name] ?? value) as never;
    if (typeof value === "function" && name !== "WebSocket") {
      const call = (...args: never[]): unknown => (now() as (...args: never[]) => unknown)(...args);
      followed[name] = call as never;
    } else if (value && /^(options|heartbeat|auth|requests)$/.test(name)) {
      followed[name] = follow(value, now) as never;
    }
  }
  return followed;
}

/** In a function of its own, so that pages which only bring sockets of `tautline/slim` do not carry a second engine. */
export const makeLazy: (key: string, asked: Asked) => Lazy = /* @__PURE__ */ (() => {
  class Made {
    readonly key: string;
    asked: Asked;
    #socket: Socket | undefined;
    #isHeld = false;
    /** Closed because nobody held it, and not by the application. */
    #isAway = false;

    constructor(key: string, asked: Asked) {
      this.key = key;
      this.asked = asked;
    }

    get state(): State {
      return this.#socket?.state ?? IDLE;
    }

    get protocol(): string {
      return this.#socket?.protocol ?? "";
    }

    hold(opens: boolean): () => void {
      this.#isHeld = true;
      const socket = this.use();
      if (this.#isAway) socket.reconnect();
      else if (opens) socket.open();
      this.#isAway = false;
      return () => {
        this.#isHeld = false;
        this.#look();
      };
    }

    /** The real socket, for a call of the method `name`. */
    use(name?: PropertyKey): Socket {
      if (!this.#socket) {
        const { url, options } = follow(this.asked, () => this.asked);
        this.#socket = connect(url ?? noUrl, { ...options, autoConnect: false });
      }
      const socket = this.#socket;
      if (!this.#isHeld) {
        // The effects of children come first: what they send leaves if this component's own effect follows.
        if (this.#isAway && /^(send|deliver|request)$/.test(String(name))) {
          this.#isAway = false;
          socket.reconnect();
        }
        this.#look();
      }
      return socket;
    }

    /** Closes what nobody holds, but not at once: strict mode and fast refresh let go and hold again within a task. */
    #look(): void {
      queueMicrotask(() => {
        const socket = this.#socket;
        if (this.#isHeld || !socket) return;
        const { name } = socket.state;
        if (name === "idle") this.#socket = undefined;
        else if (!/^clos/.test(name)) this.#isAway = true;
        socket.close();
      });
    }
  }

  const { prototype } = Made;
  for (const name of [...Reflect.ownKeys(Socket.prototype), "dispatchEvent"]) {
    if (Object.hasOwn(prototype, name)) continue;
    const isGetter = Object.getOwnPropertyDescriptor(Socket.prototype, name)?.get;
    Object.defineProperty(
      prototype,
      name,
      isGetter
        ? {
            get(this: Made) {
              return this.use()[name as never];
            },
          }
        : {
            value(this: Made, ...args: never[]) {
              return (this.use(name)[name as never] as () => unknown)(...(args as []));
            },
          },
    );
  }
  Object.setPrototypeOf(prototype, Socket.prototype);
  return (key: string, asked: Asked) => new Made(key, asked) as unknown as Lazy;
})();
