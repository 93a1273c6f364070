// The server of rpc-websockets: a method, and an event to subscribe to.
import { Server } from "rpc-websockets";

export function attach(server) {
  const rpc = new Server({ server });
  rpc.event("said");
  rpc.register("say", ([text]) => {
    rpc.emit("said", text);
    return text.toUpperCase();
  });
}
