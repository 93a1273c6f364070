// The WebSocket server of tRPC: a mutation, and a subscription that begins with what was said last.
import { EventEmitter, on } from "node:events";
import { initTRPC } from "@trpc/server";
import { applyWSSHandler } from "@trpc/server/adapters/ws";
import { websockets } from "./websockets.mjs";

const room = new EventEmitter();
let last;

const { procedure, router } = initTRPC.create();
const text = procedure.input((value) => String(value));
const app = router({
  say: text.mutation(({ input }) => {
    last = input;
    room.emit("said", input);
    return input.toUpperCase();
  }),
  said: procedure.subscription(async function* ({ signal }) {
    const events = on(room, "said", { signal });
    if (last) yield last;
    for await (const [text] of events) yield text;
  }),
});

export function attach(http) {
  applyWSSHandler({ wss: websockets(http, "/trpc"), router: app });
}
