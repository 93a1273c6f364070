// A STOMP broker, with heart-beats.
import StompServer from "stomp-broker-js";

export function attach(server) {
  new StompServer({ server, path: "/stomp", heartbeat: [10_000, 10_000] });
}
