import { connect } from "tautline";

export function talk(server: string, text: string, hear: (message: string) => void): void {
  const socket = connect<string, string>(server);
  socket.subscribe(hear);
  socket.send(text);
}
