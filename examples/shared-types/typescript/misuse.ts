// What must not compile. Each line below an expectation is wrong in one way, and tsc says so.
import { type ClientMessage, type SocketState, TodoSocket } from "./client/client.js";

export function misuse(socket: TodoSocket): void {
  // @ts-expect-error: the address is missing
  new TodoSocket();
  // @ts-expect-error: an option that nobody reads
  new TodoSocket("/ws", { heartbeats: 1_000 });
  // @ts-expect-error: an option of the wrong type
  new TodoSocket("/ws", { heartbeat: "often" });

  // @ts-expect-error: no message has this type
  socket.send({ type: "append", title: "Buy rope" });
  // @ts-expect-error: the title is missing
  socket.send({ type: "add" });
  // @ts-expect-error: the title is no number
  socket.send({ type: "add", title: 7 });
  // @ts-expect-error: a member that the message does not have
  socket.send({ type: "remove", id: 7, title: "Buy rope" });
  // @ts-expect-error: only a server says that
  socket.send({ type: "removed", id: 7 });
  // @ts-expect-error: the item is not whole
  socket.send({ type: "save", item: { id: 7, title: "Buy rope" } });
  // @ts-expect-error: a misspelt option
  socket.send({ type: "remove", id: 7 }, { timeToLive: 1_000 });
  // @ts-expect-error: there is no third way to arrive
  socket.deliver({ type: "remove", id: 7 }, { until: "processed" });
  // @ts-expect-error: what send() returns is no promise
  socket.send({ type: "remove", id: 7 }).then(() => {});

  socket.subscribe((message) => {
    // @ts-expect-error: not all messages have items
    console.log(message.items);
    if (message.type === "saved") {
      // @ts-expect-error: a title is text
      const title: number = message.item.title;
      console.log(title);
    }
    // @ts-expect-error: a page says that, no server
    if (message.type === "add") console.log(message);
  });
  // @ts-expect-error: a listener of something else
  socket.subscribe((state: SocketState) => console.log(state.name));
  socket.onState(({ state }) => {
    // @ts-expect-error: a state that there is not
    if (state.name === "opened") console.log(state);
    // @ts-expect-error: only a closed socket says why
    console.log(state.why);
  });
  socket.onDrop(({ message, error }) => {
    const sent: ClientMessage = message;
    console.log(sent, error.code);
    // @ts-expect-error: a code that there is not
    if (error.code === "lost") console.log(error);
  });
  // @ts-expect-error: the state cannot be set
  socket.state = { name: "open" };
}
