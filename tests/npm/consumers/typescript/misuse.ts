// What the packed declarations must refuse. A directive without an error is an error.
import { connect, type Socket } from "tautline";

type Out = { type: "say"; text: string };
type In = { type: "said"; text: string };

// @ts-expect-error there is no such option
connect("/", { reconnect: true });
// @ts-expect-error a delay is a number of milliseconds
connect("/", { connectTimeout: "10s" });
// @ts-expect-error no such export
import("tautline").then(({ disconnect }) => disconnect);
// @ts-expect-error the inside of the package is not exported
import("tautline/pkg/socket.js");

export function misuse(socket: Socket<Out, In>): void {
  // @ts-expect-error the message lacks its text
  socket.send({ type: "say" });
  // @ts-expect-error messages received are of another type
  socket.subscribe((message: Out) => message);
  // @ts-expect-error an event of state holds no data
  socket.addEventListener("state", ({ data }) => data);
  // @ts-expect-error not every state has an end
  socket.state.until;
}
