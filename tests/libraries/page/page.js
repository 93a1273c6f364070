// What the tests call in the page: one library at a time, driven through what the guide's example has made.
import { libraries } from "libraries:";
import { WebSocket } from "tautline/websocket";

const native = globalThis.WebSocket;

/** What an example gets as the class: its own setting, another, or the browser's class. */
const CLASSES = {
  documented: WebSocket,
  reconnecting: {
    with: ({ reconnect: _, ...options }) =>
      WebSocket.with({ backoff: { initial: 200 }, ...options }),
  },
  native: { with: () => native },
};

let driver;

globalThis.page = {
  async open(name, url, kind) {
    const { start, drive } = libraries[name];
    driver = await drive(await start(url, CLASSES[kind]));
    return driver.connections ?? 1;
  },
  talk: (text) => driver.talk(text),
  lost: async () => {
    await driver.lost;
  },
  close: async () => {
    await driver.close();
  },
};
