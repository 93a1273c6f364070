import { Heard, news } from "./wait.js";

export function drive({ client }) {
  const lost = news();
  client.once("close", lost.tell);
  client.on("error", () => {}); // of each attempt that fails
  const heard = new Heard();
  client.on("message", (_topic, payload) => heard.add(String(payload)));
  client.subscribe("room", { qos: 1 });
  return {
    lost: lost.told,
    async talk(text) {
      // Retained: it may leave before the client has subscribed again.
      await client.publishAsync("room", text.toUpperCase(), { qos: 1, retain: true });
      return [await heard.has(text.toUpperCase())];
    },
    close: () => client.endAsync(),
  };
}
