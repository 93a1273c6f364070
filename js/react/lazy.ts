// The socket of a component. React renders without committing, runs effects twice, and brings back what it put away: so
// the connection is made by the first effect that needs it, and ends when no effect holds it any more.

import {
  connect,
  type DialContext,
  type Options,
  type Provider,
  Socket,
  type State,
} from "../index.js";

/** Before there is a connection to ask, as on a server. */
export const IDLE: State = { name: "idle" };

/** What the last rendering asked for. */
export interface Asked {
  readonly url: Provider<string | URL> | null;
  readonly options: Options;
  /** The address as text: another one wants another socket. */
  readonly key: string;
}

/** A socket to all who see it, and the handle by which effects hold it. */
export interface Lazy extends Socket {
  asked: Asked;
  /** Told as soon as it is certain that somebody will hold it; returns what takes that back. */
  expect(): () => void;
  /** Connects, if it `opens` by itself; returns what lets go. */
  hold(opens: boolean): () => void;
}

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

let LazySocket: (new (asked: Asked) => Lazy) | undefined;

/**
 * Makes a socket that has not begun. The class is not made before: a page that brings its sockets itself, perhaps those of
 * `tautline/slim`, does not carry a second engine.
 */
export function makeLazy(asked: Asked): Lazy {
  LazySocket ??= defineClass();
  return new LazySocket(asked);
}

function defineClass(): new (asked: Asked) => Lazy {
  class Made {
    asked: Asked;
    #socket: Socket | undefined;
    /** How many expect or hold it. */
    #users = 0;
    /** Closed because there was nobody, and not by the application. */
    #isAway = false;

    constructor(asked: Asked) {
      this.asked = asked;
    }

    get state(): State {
      return this.#socket?.state ?? IDLE;
    }

    get protocol(): string {
      return this.#socket?.protocol ?? "";
    }

    expect(): () => void {
      this.#users++;
      return () => {
        this.#users--;
        this.#look();
      };
    }

    hold(opens: boolean): () => void {
      const end = this.expect();
      const socket = this.use();
      if (this.#isAway) socket.reconnect();
      else if (opens) socket.open();
      this.#isAway = false;
      return end;
    }

    /** The real socket, for a call of the method `name`. */
    use(name?: PropertyKey): Socket {
      if (!this.#socket) {
        const { url, options } = follow(this.asked, () => this.asked);
        this.#socket = connect(url ?? this.#late, { ...options, autoConnect: false });
      }
      // The effects of children come first. What they send leaves if this component's own effect follows.
      if (this.#isAway && /send|deliver|request/.test(String(name))) {
        this.#isAway = false;
        this.#socket.reconnect();
      }
      if (!this.#users) this.#look();
      return this.#socket;
    }

    /** The address of a socket that was made before there was one. */
    readonly #late = (context: DialContext) => {
      const { url } = this.asked;
      if (url === null) throw TypeError("No url: give useSocket one");
      return typeof url === "function" ? url(context) : url;
    };

    /** Closes what nobody holds, but not at once: strict mode and fast refresh let go and hold again within a task. */
    #look(): void {
      queueMicrotask(() => {
        const socket = this.#socket;
        if (this.#users || !socket) return;
        const { name } = socket.state;
        if (name === "idle") this.#socket = undefined;
        else if (!/^clos/.test(name)) this.#isAway = true;
        socket.close();
      });
    }
  }

  const { prototype } = Made;
  // A socket's own members, those of any connection, and the one of events that neither overrides.
  const { prototype: own } = Socket;
  for (const level of [own, Object.getPrototypeOf(own), { dispatchEvent: 0 }]) {
    for (const name of Reflect.ownKeys(level)) {
      if (name in prototype) continue;
      const isValue = Object.getOwnPropertyDescriptor(level, name)?.get;
      Object.defineProperty(prototype, name, {
        get(this: Made) {
          if (isValue) return this.use()[name as never];
          // Made once, so that `const { send } = useSocket(url)` works and is the same each time.
          const value = (...args: []) => (this.use(name)[name as never] as () => unknown)(...args);
          Object.defineProperty(this, name, { value });
          return value;
        },
      });
    }
  }
  Object.setPrototypeOf(prototype, own);
  return Made as never;
}
