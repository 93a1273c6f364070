import { Heard, news } from "./wait.js";

export function drive({ client }) {
  const lost = news();
  const heard = new Heard();
  client.on("said", (text) => heard.add(text));
  client.on("error", () => {}); // of each attempt that fails
  let ready = news();
  client.on("open", async () => {
    await client.subscribe("said");
    ready.tell();
  });
  client.on("close", () => {
    ready = news();
    lost.tell();
  });
  return {
    lost: lost.told,
    async talk(text) {
      await ready.told;
      return [await client.call("say", [text]), await heard.has(text)];
    },
    close: () => client.close(),
  };
}
