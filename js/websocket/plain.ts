// Every policy off: a native socket, whose news becomes events of the wrapper within the same task.

import { closeEvent, type Emit, type Link, type NativeClass } from "./link.js";

export function plain(emit: Emit, url: string, protocols: string[], WebSocket: NativeClass): Link {
  const native = new WebSocket(url, protocols) as globalThis.WebSocket;
  // Classes outside browsers may have another default.
  native.binaryType = "blob";
  native.onopen = () => emit(new Event("open"));
  native.onerror = () => emit(new Event("error"));
  native.onmessage = ({ data, origin }) => emit(new MessageEvent("message", { data, origin }));
  native.onclose = (event) => emit(closeEvent(event));
  return native;
}
