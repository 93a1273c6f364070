import { Heard, news } from "./wait.js";

export function drive({ connection }) {
  const lost = news();
  let ready = news();
  ready.tell();
  const heard = new Heard();
  connection.on("said", (text) => heard.add(text));
  connection.onreconnecting(() => {
    ready = news();
    lost.tell();
  });
  connection.onreconnected(() => ready.tell());
  return {
    lost: lost.told,
    async talk(text) {
      await ready.told;
      return [await connection.invoke("Say", text), await heard.has(text)];
    },
    close: () => connection.stop(),
  };
}
