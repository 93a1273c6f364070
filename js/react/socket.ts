import {
  type Context,
  createContext,
  createElement,
  type FunctionComponentElement,
  type ProviderProps,
  type ReactNode,
  useContext,
  useEffect,
  useInsertionEffect,
  useLayoutEffect,
  useState,
} from "react";
import { OptionError, type Options, type Provider, type Socket } from "../index.js";
import { type Lazy, makeLazy } from "./lazy.js";

// React 18 warns of layout effects on a server, where neither kind runs.
const useBeforePaint = typeof document === "undefined" ? useEffect : useLayoutEffect;

/**
 * The socket that {@link useSocket} without arguments returns. {@link SocketProvider} fills it; by hand it takes any
 * socket, such as one that `connect` made.
 *
 * @example
 * createElement(SocketContext.Provider, { value: connect("/live") }, children);
 */
export const SocketContext: Context<Socket | undefined> = createContext<Socket | undefined>(
  undefined,
);

/** The socket of the nearest {@link SocketProvider} or {@link SocketContext}. */
export function useSocket<Out = unknown, In = unknown>(): Socket<Out, In>;
/**
 * A socket that lives as long as the component is on the page. It is the same at each rendering, and has every method of
 * a `Socket`, which may be taken out: `const { send } = useSocket(url)`. It causes no rendering, and nothing is dialled
 * before the component is there.
 *
 * Another `url` or other `protocols`, compared by value, make another socket. Functions among the options (and `url`, if
 * it is one) may be written in place: those of the last rendering are called, and none of them causes a new
 * connection. Other options count when the socket is made.
 *
 * @param url As for `connect`; null as long as there is none, and messages then wait in the queue.
 * @param options As for `connect`. With `autoConnect: false` the socket waits for `open()`, or for true.
 * @throws {OptionError} An option is wrong: to the nearest error boundary, as does `WasmUnavailable`.
 * @throws {OptionError} There is neither an argument nor a {@link SocketProvider}.
 *
 * @example
 * const socket = useSocket<Out, In>("/live", {
 *   heartbeat: { ping: { type: "ping" }, isPong: (message) => message.type === "pong" },
 * });
 * const state = useSocketState(socket);
 */
export function useSocket<Out = unknown, In = unknown>(
  url: Provider<string | URL> | null,
  options?: Options<Out, In>,
): Socket<Out, In>;
export function useSocket<Out, In>(
  url?: Provider<string | URL> | null,
  options: Options<Out, In> = {},
): Socket<Out, In> {
  const shared = useContext(SocketContext);
  const isOwn = url !== undefined;
  const key = JSON.stringify([typeof url, url, options.protocols]);
  const asked = { url: url ?? null, options: options as Options, key };
  const [last, replace] = useState(() => makeLazy(asked));
  let own = last;
  // One that had no address yet takes the first that comes, with what waits in its queue.
  if (last.asked.key !== key && last.asked.url !== null) {
    own = makeLazy(asked);
    replace(own);
  }
  useInsertionEffect(() => {
    own.asked = asked;
  });
  const opens = url !== null && options.autoConnect !== false;
  useBeforePaint(() => (isOwn ? own.expect() : undefined), [own, isOwn]);
  useEffect(() => (isOwn ? own.hold(opens) : undefined), [own, isOwn, opens]);
  const socket: Socket | Lazy | undefined = isOwn ? own : shared;
  if (!socket) throw new OptionError("url", url, "an address or SocketProvider");
  return socket as unknown as Socket<Out, In>;
}

/** What {@link SocketProvider} takes. */
export interface SocketProviderProps<Out = unknown, In = unknown> {
  /** As for {@link useSocket}. */
  readonly url: Provider<string | URL> | null;
  readonly options?: Options<Out, In>;
  readonly children?: ReactNode;
}

/**
 * Makes one socket for everything below it, which gets it by `useSocket()`.
 *
 * @example
 * createElement(SocketProvider, { url: "/live" }, createElement(Chat));
 */
export function SocketProvider<Out = unknown, In = unknown>({
  url,
  options,
  children,
}: SocketProviderProps<Out, In>): FunctionComponentElement<ProviderProps<Socket | undefined>> {
  const value = useSocket(url, options) as unknown as Socket;
  return createElement(SocketContext.Provider, { value }, children);
}
