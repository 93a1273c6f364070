import { Heard, news } from "./wait.js";

export function drive({ connection, client }) {
  const lost = news();
  const heard = new Heard();
  const subscription = client.said.subscribe(undefined, {
    onData: (text) => heard.add(text),
    onConnectionStateChange: ({ state, error }) => state === "connecting" && error && lost.tell(),
  });
  return {
    lost: lost.told,
    async talk(text) {
      return [await client.say.mutate(text), await heard.has(text)];
    },
    close() {
      subscription.unsubscribe();
      return connection.close();
    },
  };
}
