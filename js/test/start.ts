import { connect, type Options, type Provider, type Socket } from "../index.js";
import { engines, type FakeEngine, FakeWebSocket, installFakes } from "./fakes.js";

export const ADDRESS = "wss://example.com/live";

/** A socket with a fake engine. */
export function start<Out = unknown, In = unknown>(
  options: Options<Out, In> = {},
  url: Provider<string | URL> = ADDRESS,
): { socket: Socket<Out, In>; engine: FakeEngine } {
  installFakes();
  const socket = connect<Out, In>(url, { WebSocket: FakeWebSocket, ...options });
  return { socket, engine: engines.at(-1) as FakeEngine };
}

/** Everything of one type that a socket fires. */
export function heard<K extends Parameters<Socket["addEventListener"]>[0]>(
  socket: Socket,
  type: K,
) {
  const events: Event[] = [];
  socket.addEventListener(type, (event: Event) => events.push(event));
  return events as never[];
}
