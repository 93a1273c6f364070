// What the tests of and with the kit share.
import { afterEach } from "node:test";
import { connect, DropError, type Options, type Socket, TautlineError } from "../../index.js";
import { type Kit, type KitOptions, type Peer, testkit } from "../../testing/index.js";

export const ADDRESS = "wss://example.com/live";

export interface Message {
  type: string;
  id?: number;
  n?: number;
  text?: string;
  token?: string;
  holds?: number;
  mid?: string;
}

/** A heartbeat whose pongs tell which ping they answer. */
export const HEARTBEAT: NonNullable<Options<Message, Message>["heartbeat"]> = {
  ping: (id) => ({ type: "ping", id }),
  isPong: (message) => message.type === "pong" && (message.id ?? true),
};

export const isPing = (message: Message) => message.type === "ping";
export const pong = ({ id }: Message): Message => ({ type: "pong", ...(id && { id }) });

let kit: Disposable | undefined;

/** A kit that ends with the test. */
export function makeKit<Out = Message, In = Message>(options?: KitOptions): Kit<Out, In> {
  const made = testkit<Out, In>(options);
  kit = made;
  return made;
}

afterEach(() => {
  kit?.[Symbol.dispose]();
});

/** A socket that is open, its peer, and the kit they are in, whose time is 0. */
export async function opened(
  options: Options<Message, Message> = {},
  given?: KitOptions,
): Promise<{
  kit: Kit<Message, Message>;
  socket: Socket<Message, Message>;
  peer: Peer<Message, Message>;
}> {
  const made = makeKit(given);
  const socket = connect<Message, Message>(ADDRESS, options);
  return { kit: made, socket, peer: await made.accept() };
}

/** The states that a socket goes through from now on, with the time of each. */
export function states(
  kit: Pick<Kit, "elapsed">,
  socket: Pick<Socket, "addEventListener">,
): string[] {
  const seen: string[] = [];
  socket.addEventListener("state", ({ state }) => seen.push(`${kit.elapsed} ${state.name}`));
  return seen;
}

/** How a promise ends: what it gave, or the error's code and whether the message had left. */
export const fate = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value ?? "done",
    (error: unknown) =>
      error instanceof DropError
        ? `${error.code}, ${error.sent ? "sent" : "not sent"}`
        : error instanceof TautlineError
          ? error.code
          : error,
  );
