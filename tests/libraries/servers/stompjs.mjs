// A STOMP broker, which sends heart-beats as often as the client asks.
import StompServer from "stomp-broker-js";

export function attach(server) {
  new StompServer({ server, path: "/stomp", heartbeat: [500, 0] });
}
