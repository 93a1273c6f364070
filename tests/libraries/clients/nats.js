import { Heard, news } from "./wait.js";

export function drive({ client }) {
  const lost = news();
  let ready = Promise.resolve();
  (async () => {
    let back = news();
    for await (const { type } of client.status()) {
      if (type === "disconnect") {
        back = news();
        ready = back.told;
        lost.tell();
      }
      if (type === "reconnect") back.tell();
    }
  })();
  const heard = new Heard();
  client.subscribe("room", { callback: (_, message) => heard.add(message.string()) });
  client.subscribe("upper", {
    callback: (_, message) => message.respond(message.string().toUpperCase()),
  });
  return {
    lost: lost.told,
    async talk(text) {
      await ready;
      client.publish("room", text);
      const reply = await client.request("upper", text, { timeout: 10_000 });
      return [reply.string(), await heard.has(text)];
    },
    close: () => client.drain().catch(() => client.close()), // nothing to drain while there is no connection
  };
}
