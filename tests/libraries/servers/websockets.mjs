// A WebSocket server at one path of an HTTP server, as most libraries' servers want it.
import { WebSocketServer } from "ws";

export function websockets(http, path, options = {}) {
  return new WebSocketServer({ server: http, path, ...options });
}
