// A store for Svelte 4 and later.

import { type Readable, readable } from "svelte/store";
import {
  connect,
  type Options,
  type Provider,
  type Raw,
  type SendOptions,
  type Socket,
  type State,
} from "../index.js";

/** What a {@link SocketStore} holds; a new object for each change. */
export interface SocketValue<In = unknown> {
  /** Where the socket stands: `idle` at first, also where a server renders. */
  readonly state: State;
  /** The last message. Reactive code may miss those before it: `onMessage` and `reduce` do not. */
  readonly last: In | undefined;
  /** The last round trip of the heartbeat, in ms. */
  readonly latency: number | undefined;
}

/** A socket as a store: connected as long as somebody is subscribed to it, or to a store that it made. */
export interface SocketStore<Out = unknown, In = unknown> extends Readable<SocketValue<In>> {
  /** The socket itself; undefined on a server. */
  readonly socket: Socket<Out, In> | undefined;
  /**
   * Sends a message as the socket does; `"dropped"` on a server. Without a subscriber by the end of the task, the message
   * is dropped, too.
   */
  send(this: void, message: Out | Raw, options?: SendOptions): "sent" | "queued" | "dropped";
  /** Calls `listener` with each message, in order, until the returned function is called. Counts as a subscriber. */
  onMessage(this: void, listener: (message: In) => void): () => void;
  /** A store with one value made of the messages. Each passes through `reduce` exactly once, in order, while it has subscribers. */
  reduce<T>(this: void, reduce: (value: T, message: In) => T, initial: T): Readable<T>;
}

/**
 * Makes a store of a socket. It connects with the first subscriber, so for `$store` in a component, and closes after the last has
 * left; a new one in the same task keeps the connection. On a server it never connects.
 *
 * @param url As for `connect`.
 * @param options As for `connect`. With `autoConnect: false` the socket waits for `socket.open()`.
 * @throws {OptionError} With the first subscriber: an option is wrong.
 *
 * @example
 * const live = socketStore<Out, In>("/live");
 * const lines = live.reduce((lines, { text }) => [...lines, text], [] as string[]);
 * live.send({ text: "hi" }); // $live.state.name, $lines
 */
export function socketStore<Out = unknown, In = unknown>(
  url: Provider<string | URL>,
  options: Options<Out, In> = {},
): SocketStore<Out, In> {
  let socket: Socket<Out, In> | undefined;
  let users = 0;
  /** Closed because there was no subscriber, and not by the application. */
  let isAway = false;

  // Subscribers often leave and come within a task: `get(store)`, or one page of a router after the other.
  const look = () =>
    queueMicrotask(() => {
      if (!socket) return;
      const { name } = socket.state;
      if (users) {
        if (isAway) socket.reconnect();
        else if (options.autoConnect !== false) socket.open();
        isAway = false;
      } else if (name === "idle") {
        socket.close();
        socket = undefined;
      } else {
        isAway ||= !/^clos/.test(name);
        socket.close();
      }
    });
  const use = () => {
    socket ??= connect(url, { ...options, autoConnect: false });
    if (!users) look();
    return socket;
  };
  const isServer = typeof document === "undefined";
  /** Keeps the socket connected until the returned function is called. */
  const hold = (begin: (socket: Socket<Out, In>) => () => void) => {
    if (isServer) return () => {};
    let end: (() => void) | undefined = begin(use());
    users++;
    look();
    return () => {
      if (!end) return;
      end();
      end = undefined;
      users--;
      look();
    };
  };

  let value: SocketValue<In> = { state: { name: "idle" }, last: undefined, latency: undefined };
  const { subscribe } = readable(value, (set) =>
    hold((now) => {
      const merge = (news: Partial<SocketValue<In>>) => {
        value = { ...value, ...news };
        set(value);
      };
      const ending = new AbortController();
      const { signal } = ending;
      merge({ state: now.state });
      now.addEventListener("state", ({ state }) => merge({ state }), { signal });
      now.addEventListener("latency", ({ latency }) => merge({ latency }), { signal });
      const off = now.subscribe((last) => merge({ last }));
      return () => {
        off();
        ending.abort();
      };
    }),
  );

  return {
    subscribe,
    get socket() {
      return isServer ? undefined : use();
    },
    send: (message, options) => {
      if (isServer) return "dropped";
      const now = use();
      // What a component sends while it is set up comes before its subscription.
      if (isAway) now.reconnect();
      isAway = false;
      return now.send(message, options);
    },
    onMessage: (listener) => hold((now) => now.subscribe(listener)),
    reduce: (reduce, initial) => {
      let value = initial;
      return readable(initial, (set) =>
        hold((now) =>
          now.subscribe((message) => {
            value = reduce(value, message);
            set(value);
          }),
        ),
      );
    },
  };
}
