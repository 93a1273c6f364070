// Sockets of the drop-in class over scripted native ones, and what they said.
import { afterEach, beforeEach } from "node:test";
import { WebSocket, type WebSocketOptions } from "../../websocket/index.js";
import { FakeWebSocket, reported, settled } from "../fakes.js";

export const ADDRESS = "wss://example.com/live";

const made: WebSocket[] = [];

/** A socket, its events as lines, and the first native socket that it dials. */
export async function dial(
  options: WebSocketOptions = {},
  url: ConstructorParameters<typeof WebSocket>[0] = ADDRESS,
  protocols: ConstructorParameters<typeof WebSocket>[1] = [],
) {
  const dialled = FakeWebSocket.next();
  const { socket, log } = make(options, url, protocols);
  return { socket, log, native: await dialled };
}

/** The same before it has dialled. */
export function make(
  options: WebSocketOptions = {},
  url: ConstructorParameters<typeof WebSocket>[0] = ADDRESS,
  protocols: ConstructorParameters<typeof WebSocket>[1] = [],
) {
  const quick = { WebSocket: FakeWebSocket, backoff: { initial: 1, max: 1 } };
  const socket = new WebSocket(url, protocols, { ...quick, ...options });
  made.push(socket);
  const log: string[] = [];
  for (const type of ["open", "message", "error", "close"] as const) {
    socket.addEventListener(type, (event) => {
      const { data, code, reason, wasClean } = event as MessageEvent & CloseEvent;
      const details = type === "close" ? [code, reason, wasClean ? "clean" : "broken"] : [data];
      log.push([type, socket.readyState, ...details].join(" ").trim());
    });
  }
  return { socket, log };
}

/** The options that leave nothing but a native socket. */
export const PLAIN: WebSocketOptions = {
  reconnect: false,
  WebSocket: FakeWebSocket,
  backoff: undefined as never,
};

export const heard = (target: EventTarget, type: string) =>
  new Promise<Event>((resolve) => {
    target.addEventListener(type, resolve, { once: true });
  });

/** The timers of this process that will fire. */
export const timers = () =>
  process.getActiveResourcesInfo().filter((it) => it === "Timeout").length;

beforeEach(() => {
  reported.length = 0;
});

afterEach(async () => {
  for (const socket of made.splice(0)) socket.close();
  for (const native of FakeWebSocket.all.splice(0)) native.end(1000);
  await settled();
});
