// The server of graphql-ws: a query, and a subscription that begins with what was said last.
import { EventEmitter, on } from "node:events";
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { websockets } from "./websockets.mjs";

const room = new EventEmitter();
let last;

const text = { type: GraphQLString, args: { text: { type: GraphQLString } } };
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: "Query",
    fields: {
      say: {
        ...text,
        resolve(_, { text }) {
          last = text;
          room.emit("said", text);
          return text.toUpperCase();
        },
      },
    },
  }),
  subscription: new GraphQLObjectType({
    name: "Subscription",
    fields: { said: { type: GraphQLString, subscribe: said, resolve: (text) => text } },
  }),
});

async function* said() {
  const events = on(room, "said");
  if (last) yield last;
  for await (const [text] of events) yield text;
}

export function attach(http) {
  useServer({ schema }, websockets(http, "/graphql"));
}
