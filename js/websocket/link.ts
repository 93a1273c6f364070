import type { WebSocketOptions } from "./options.js";

/** What stands behind a WebSocket: a native socket, or one that comes back. */
export interface Link {
  readonly readyState: number;
  readonly url: string;
  readonly protocol: string;
  readonly extensions: string;
  readonly bufferedAmount: number;
  binaryType: BinaryType;
  send(data: string | BufferSource | Blob): void;
  close(code?: number, reason?: string): void;
}

export type NativeClass = NonNullable<WebSocketOptions["WebSocket"]>;

export type Emit = (event: Event) => void;

/** Runtimes before Node 23 have no such class. */
export function closeEvent({ code = 0, reason = "", wasClean = false }: CloseEventInit): Event {
  const init = { code, reason, wasClean };
  return globalThis.CloseEvent
    ? new CloseEvent("close", init)
    : Object.assign(new Event("close"), init);
}
