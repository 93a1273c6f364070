import { connect } from "tautline";

/** Sends `text` to a server that echoes, and hands on what comes back. */
export function talk(server, text, hear) {
  const socket = connect(server);
  socket.subscribe(hear);
  socket.send(text);
}
