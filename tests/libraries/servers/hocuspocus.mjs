// The server of Hocuspocus, with the documents in its memory, on the HTTP server that it makes itself.
import { Server } from "@hocuspocus/server";

export function attach(http) {
  const { httpServer } = new Server({ quiet: true, stopOnSignals: false });
  http.on("upgrade", (...request) => httpServer.emit("upgrade", ...request));
}
