import { useCallback, useSyncExternalStore } from "react";
import type { Socket, State } from "../index.js";
import { IDLE } from "./lazy.js";

/**
 * Where a socket stands; renders when that changes. On a server, and until the page has taken over what the server rendered,
 * it is `idle`.
 *
 * @example
 * const state = useSocketState(socket);
 * const text = state.name === "waiting" ? `again at ${new Date(state.until).toLocaleTimeString()}` : state.name;
 */
export function useSocketState<Out, In>(socket: Socket<Out, In>): State {
  const subscribe = useCallback(
    (changed: () => void) => {
      socket.addEventListener("state", changed);
      return () => socket.removeEventListener("state", changed);
    },
    [socket],
  );
  return useSyncExternalStore(
    subscribe,
    () => socket.state,
    () => IDLE,
  );
}
