// A composable for Vue 3.3 and later.

import {
  type ComputedRef,
  getCurrentScope,
  onScopeDispose,
  type Ref,
  type ShallowRef,
  shallowRef,
  toValue,
  triggerRef,
  watch,
} from "vue";
import {
  connect,
  type Options,
  type Provider,
  type Raw,
  type SendOptions,
  type Socket,
  type SocketEventMap,
  type State,
} from "../index.js";

/** Where to connect to: null, undefined and "" are nowhere, for now. */
export type Address = Provider<string | URL> | null | undefined;

/** A value, a ref or a getter. A function is always a getter: one that is to be asked at each attempt is what it returns. */
export type AddressSource =
  | string
  | URL
  | null
  | undefined
  | Readonly<Ref<Address>>
  | ComputedRef<Address>
  | (() => Address);

/** What {@link useSocket} returns. */
export interface UseSocket<Out = unknown, In = unknown> {
  /** The socket itself; undefined on a server, and as long as there is no address. */
  readonly socket: Readonly<ShallowRef<Socket<Out, In> | undefined>>;
  /** Where it stands: `idle` at first, also where a server renders. */
  readonly state: Readonly<ShallowRef<State>>;
  /** The last message. Watchers and templates may miss those before it: `onMessage` and `reduce` do not. */
  readonly last: Readonly<ShallowRef<In | undefined>>;
  /** The last round trip of the heartbeat, in ms. */
  readonly latency: Readonly<ShallowRef<number | undefined>>;
  /** Sends a message as the socket does; `"dropped"` where there is none. Needs no `this`. */
  send(this: void, message: Out | Raw, options?: SendOptions): "sent" | "queued" | "dropped";
  /** Calls `listener` with each message, in order, until the scope of the caller ends or the returned function is called. */
  onMessage(this: void, listener: (message: In) => void): () => void;
  /** Calls `listener` with each event of one type, such as `drop`, `invalid` or `error`; otherwise like `onMessage`. */
  on<K extends keyof SocketEventMap>(
    this: void,
    type: K,
    listener: (event: SocketEventMap<Out, In>[K]) => void,
  ): () => void;
  /**
   * A ref with one value made of the messages from now on. Each passes through `reduce` exactly once, in order;
   * another address begins anew with `initial`.
   */
  reduce<T>(this: void, reduce: (value: T, message: In) => T, initial: T): Readonly<ShallowRef<T>>;
}

const IDLE: State = { name: "idle" };

/**
 * A socket that lives as long as the component or effect scope that calls this. On a server it is inert, and in the page
 * it dials once the calling code is through, so that the first rendering agrees with the server's.
 *
 * @param url A value, a ref or a getter; another address closes the connection and opens another one.
 * @param options As for `connect`. With `autoConnect: false` the socket waits for `open()`.
 * @throws {OptionError} An option is wrong.
 *
 * @example
 * const { state, send, reduce } = useSocket<Out, In>(() => `/rooms/${props.room}`);
 * const lines = reduce((lines, { text }) => [...lines, text], [] as string[]);
 */
export function useSocket<Out = unknown, In = unknown>(
  url: AddressSource,
  options: Options<Out, In> = {},
): UseSocket<Out, In> {
  const socket = shallowRef<Socket<Out, In>>();
  const state = shallowRef(IDLE);
  const last = shallowRef<In>();
  const latency = shallowRef<number>();

  // Nothing ends the scopes of a server.
  const isServer = typeof document === "undefined";
  /** What is begun when a socket comes ends when it goes, or with the scope of the caller. */
  const whileThere = (begin: (socket: Socket<Out, In>) => () => void, reset?: () => void) =>
    watch(
      socket,
      (now, _, onCleanup) => {
        reset?.();
        if (now) onCleanup(begin(now));
      },
      { immediate: true, flush: "sync" },
    );
  const on: UseSocket<Out, In>["on"] = (type, listener) =>
    whileThere((now) => {
      now.addEventListener(type, listener as EventListener);
      return () => now.removeEventListener(type, listener as EventListener);
    });
  const onMessage = (listener: (message: In) => void, reset?: () => void) =>
    whileThere((now) => now.subscribe(listener), reset);

  const connectTo = (target: Address) => {
    const next = target ? connect(target, { ...options, autoConnect: false }) : undefined;
    const old = socket.value;
    socket.value = next;
    // After that: who watches the state in sync may change the address again.
    state.value = IDLE;
    old?.close();
    // Not for as long as the scope, which ends before the goodbye does.
    next?.addEventListener("state", (event) => {
      if (socket.value === next) state.value = event.state;
    });
    if (next && options.autoConnect !== false) queueMicrotask(() => next.open());
  };
  if (!isServer) {
    const read = () => {
      const target = toValue(url as Ref<Address>);
      return target instanceof URL ? target.href : target;
    };
    connectTo(read());
    watch(read, connectTo, { flush: "sync" });
    if (getCurrentScope()) onScopeDispose(() => socket.value?.close());
    on("latency", (event) => {
      latency.value = event.latency;
    });
    onMessage(
      (message) => {
        // The same text again is news.
        if (Object.is(last.value, message)) triggerRef(last);
        else last.value = message;
      },
      () => {
        last.value = latency.value = undefined;
      },
    );
  }

  return {
    socket,
    state,
    last,
    latency,
    send: (message, options) => socket.value?.send(message, options) ?? "dropped",
    onMessage: (listener) => onMessage(listener),
    on,
    reduce: (reduce, initial) => {
      const value = shallowRef(initial);
      onMessage(
        (message) => {
          value.value = reduce(value.value, message);
        },
        () => {
          value.value = initial;
        },
      );
      return value;
    },
  };
}
