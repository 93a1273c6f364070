// What the tests call in the page: one library at a time, driven through what the guide's example has made.
import { libraries } from "libraries:";
import { WebSocket } from "tautline/websocket";

const native = globalThis.WebSocket;

/** What an example gets as the class: as the guide says, or otherwise. */
const CLASSES = {
  documented: WebSocket,
  reconnecting: {
    with: ({ reconnect: _, ...options }) =>
      WebSocket.with({ backoff: { initial: 200 }, ...options }),
  },
  native: { with: () => native },
};

/** With a heartbeat of the guide, in times that a test has. */
const beating = (code) => {
  const { expectEvery, ...heartbeat } = new Function(`return ${code}`)();
  const times = expectEvery ? { expectEvery: 1_000 } : { interval: 500 };
  return {
    with: (options) => WebSocket.with({ ...options, heartbeat: { ...heartbeat, ...times } }),
  };
};

let driver;

globalThis.page = {
  async open(name, url, { kind, heartbeat }) {
    const { start, drive } = libraries[name];
    const made = await start(url, heartbeat ? beating(heartbeat) : CLASSES[kind]);
    driver = drive(made, { isBeating: Boolean(heartbeat) });
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
