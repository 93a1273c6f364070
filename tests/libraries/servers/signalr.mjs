// What ASP.NET Core says to a client of a hub, in JSON: .NET is not to be had from npm. Each message ends with a record
// separator; the first is the handshake, 1 an invocation, 3 its completion, 6 a ping, 7 the end.
import { websockets } from "./websockets.mjs";

const END = "\u001e";

export function attach(http) {
  websockets(http, "/hub").on("connection", (socket) => {
    const say = (message) => socket.send(JSON.stringify(message) + END);
    let greeted = false;
    socket.on("message", (data) => {
      for (const text of String(data).split(END).filter(Boolean)) {
        const message = JSON.parse(text);
        if (!greeted) {
          greeted = message.protocol === "json" && message.version === 1;
          say(greeted ? {} : { error: "the protocol is not known" });
        } else if (message.type === 1) {
          const [text] = message.arguments;
          say({ type: 1, target: "said", arguments: [text] });
          say({ type: 3, invocationId: message.invocationId, result: text.toUpperCase() });
        } else if (message.type === 6) {
          say({ type: 6 });
        } else if (message.type === 7) {
          socket.close(1000);
        }
      }
    });
  });
}
