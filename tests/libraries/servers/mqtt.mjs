// An MQTT broker: aedes, over WebSocket.
import { Aedes } from "aedes";
import { createWebSocketStream } from "ws";
import { websockets } from "./websockets.mjs";

export async function attach(http) {
  const broker = await Aedes.createBroker();
  const handleProtocols = (offered) => offered.has("mqtt") && "mqtt";
  websockets(http, "/mqtt", { handleProtocols }).on("connection", (socket, request) =>
    broker.handle(createWebSocketStream(socket), request),
  );
}
