import { Heard, news } from "./wait.js";

export function drive({ client }) {
  const lost = news();
  client.on("closed", lost.tell);
  const heard = new Heard();
  client.subscribe(
    { query: "subscription { said }" },
    { next: ({ data }) => heard.add(data.said), error: console.error, complete() {} },
  );
  return {
    lost: lost.told,
    async talk(text) {
      const query = `query { say(text: "${text}") }`;
      const { value } = await client.iterate({ query }).next();
      return [value.data.say, await heard.has(text)];
    },
    close: () => Promise.resolve(client.dispose()).catch(() => {}), // it rejects with the dial that failed
  };
}
