// The server of y-websocket, with the documents in its memory.
import { setupWSConnection } from "@y/websocket-server/utils";
import { websockets } from "./websockets.mjs";

export function attach(http) {
  websockets(http).on("connection", setupWSConnection);
}
