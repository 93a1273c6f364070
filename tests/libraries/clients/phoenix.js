import { Heard, news } from "./wait.js";

export function drive({ socket, channel }) {
  const lost = news();
  socket.onClose(lost.tell);
  const heard = new Heard();
  channel.on("said", ({ text }) => heard.add(text));
  return {
    lost: lost.told,
    async talk(text) {
      const { promise, resolve, reject } = promised();
      channel.push("say", { text }).receive("ok", resolve).receive("error", reject);
      return [(await promise).text, await heard.has(text)];
    },
    close: () => new Promise((resolve) => socket.disconnect(resolve)),
  };
}

function promised() {
  const it = {};
  it.promise = new Promise((resolve, reject) => Object.assign(it, { resolve, reject }));
  return it;
}
