import {
  type RefObject,
  useEffect,
  useInsertionEffect,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { Socket, SocketEventMap } from "../index.js";
import { pace } from "./pace.js";

/** What the last rendering gave. */
function useLatest<T>(value: T): Readonly<RefObject<T>> {
  const latest = useRef(value);
  useInsertionEffect(() => {
    latest.current = value;
  });
  return latest;
}

/**
 * Calls `listener` with each message, in order, and renders nothing. It may be written in place: that of the last
 * rendering is called. The dispatch function of `useReducer` will do, too, and then misses no message either.
 *
 * @example
 * useMessage(socket, (message) => {
 *   if (message.type === "alert") play(sound);
 * });
 */
export function useMessage<Out, In>(
  socket: Socket<Out, In>,
  listener: (message: In) => void,
): void {
  const latest = useLatest(listener);
  useEffect(() => socket.subscribe((message) => latest.current(message)), [socket, latest]);
}

/**
 * Calls `listener` with each event of one type, such as `drop`, `invalid`, `latency` or `error`; otherwise like
 * {@link useMessage}.
 *
 * @example
 * useSocketEvent(socket, "drop", ({ message, error }) => warn(message, error.code));
 */
export function useSocketEvent<Out, In, K extends keyof SocketEventMap>(
  socket: Socket<Out, In>,
  type: K,
  listener: (event: SocketEventMap<Out, In>[K]) => void,
): void {
  const latest = useLatest(listener);
  useEffect(() => {
    const call = (event: Event) => latest.current(event as SocketEventMap<Out, In>[K]);
    socket.addEventListener(type as string, call);
    return () => socket.removeEventListener(type as string, call);
  }, [socket, type, latest]);
}

/**
 * Makes one value of the messages from now on, starting from `initial`, and renders when that value has changed: at most once
 * in 16 ms, however many there are. Each message passes through `reduce` exactly once, in order, whatever React
 * batches. Another socket begins anew.
 *
 * @param reduce Makes the next value. To select, return the last value for what does not matter: nothing is rendered
 *   then. Values are compared by `Object.is`, so do not change one in place.
 *
 * @example
 * const lines = useMessageReducer(socket, (lines, { text }) => [...lines, text], [] as string[]);
 * const price = useMessageReducer(socket, (last, tick) => (tick.symbol === symbol ? tick.price : last), 0);
 */
export function useMessageReducer<Out, In, T>(
  socket: Socket<Out, In>,
  reduce: (value: T, message: In) => T,
  initial: T,
): T {
  const latest = useLatest(reduce);
  const [last, replace] = useState(() => fold(socket, latest, initial));
  let folded = last;
  if (folded.socket !== socket) {
    folded = fold(socket, latest, initial);
    replace(folded);
  }
  return useSyncExternalStore(folded.subscribe, folded.value, folded.first);
}

function fold<Out, In, T>(
  socket: Socket<Out, In>,
  reduce: Readonly<RefObject<(value: T, message: In) => T>>,
  initial: T,
) {
  let value = initial;
  return {
    socket,
    value: () => value,
    first: () => initial,
    subscribe: (changed: () => void) =>
      socket.subscribe((message) => {
        const next = reduce.current(value, message);
        if (Object.is(next, value)) return;
        value = next;
        pace(changed);
      }),
  };
}
