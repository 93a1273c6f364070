// A flood, a reader that stands still for a minute, and what that takes of the machine: by a stream of ours, and by a
// plain WebSocket behind the same kind of reader.
//
//   node tests/e2e/flood.mjs            prints the table of docs/figures.md
//   BROWSERS=chromium node tests/e2e/flood.mjs
import { pathToFileURL } from "node:url";
import { browserNames, launch } from "./harness/browsers.mjs";
import { settledFootprint } from "./harness/memory.mjs";
import { packPackage } from "./harness/package.mjs";
import { openPage } from "./harness/page.mjs";
import { startServer } from "./harness/server.mjs";
import { pass } from "./harness/time.mjs";

export const COUNT = 1_000_000;
const SIZE = 100;
const WARM_UP = 10_000;
const STOP_MS = 60_000;
const SAMPLE_MS = 5_000;
/** For all messages to arrive, on a busy machine. */
const LIMIT = 540_000;

/** Runs `work` with a browser, a page and a server of its own. */
async function alone(name, work) {
  const { mounts, entry } = await packPackage();
  const server = await startServer({ mounts });
  const browser = await launch(name);
  try {
    const page = await openPage(browser, server.url, { entry });
    // Puppeteer has every frame reported to it, which costs more than the frame.
    if (browser.isChromium) await page.tab._client().send("Network.disable");
    await page.runFor(
      LIMIT,
      warmUp,
      server.ws("/ws/flood", { count: WARM_UP, size: SIZE }),
      WARM_UP,
    );
    const before = await settledFootprint(browser, page);
    return await work({ browser, page, server, name }, before);
  } finally {
    await browser.close();
    await server.stop();
  }
}

/** What a browser takes once, for its first messages, is no growth. */
async function warmUp(url, count) {
  const socket = tautline.connect(url, { transport: "stream", overflow: "block" });
  const reader = socket.readable.getReader();
  for (let n = 0; n < count; n++) await reader.read();
  await socket.close();
  await new Promise((resolve) => {
    let left = count;
    const native = new WebSocket(url);
    native.onmessage = () => {
      left--;
      if (left === 0) native.close();
    };
    native.onclose = resolve;
  });
}

const sentBy = async (server) => {
  const { connections } = await server.connections("flood");
  return connections.at(-1)?.sent ?? 0;
};

/** Looks at the memory until `isOver`; the most that it has grown, and what it was at last. */
async function watch({ browser, page }, before, isOver) {
  let most = 0;
  for (;;) {
    const over = await isOver();
    most = Math.max(most, (await settledFootprint(browser, page)) - before);
    if (over) return most;
    await pass(SAMPLE_MS);
  }
}

/** A stream of ours: what happened while its reader stood still for a minute, and when it read on. */
export const stream = (name, options = {}) =>
  alone(name, async (world, before) => {
    const { page, server } = world;
    const url = server.ws("/ws/flood", { count: COUNT, size: SIZE, client: "flood" });
    await page.run(
      async (url, total, options) => {
        window.states = [];
        const socket = tautline.connect(url, {
          transport: "stream",
          heartbeat: {
            interval: 1_000,
            ping: (id) => ({ type: "ping", id }),
            isPong: (m) => m.type === "pong" && m.id,
          },
          ...options,
        });
        socket.addEventListener("state", ({ state }) => states.push(state.name));
        window.reader = socket.readable.getReader();
        window.read = { last: 0, count: 0, gaps: 0, end: "" };
        window.readOn = async (most) => {
          try {
            for (let n = 0; n < most; n++) {
              const { value, done } = await reader.read();
              if (done) break;
              if (value.seq !== read.last + 1) read.gaps++;
              read.last = value.seq;
              read.count++;
              if (read.last === total) break;
            }
            read.end = "enough";
          } catch (error) {
            read.end = error.code;
          }
        };
        await readOn(1_000);
      },
      url,
      COUNT,
      options,
    );
    const stops = Date.now();
    const whileStopped = await watch(world, before, async () => Date.now() - stops >= STOP_MS);
    const stalledAt = await sentBy(server);
    await pass(1_000);
    const moved = (await sentBy(server)) - stalledAt;
    return { before, whileStopped, stalledAt, moved, ...(await readAll(world, before)) };
  });

async function readAll(world, before) {
  const { page, server } = world;
  const started = Date.now();
  // A page in a flood answers late.
  await page.runFor(
    LIMIT,
    (count) => {
      read.end = "";
      readOn(count - read.count);
    },
    COUNT,
  );
  const whileReading = await watch(
    world,
    before,
    () => Date.now() - started > LIMIT || page.runFor(LIMIT, () => read.end !== ""),
  );
  const { read, states } = await page.run(() => ({ read, states }));
  const { attempts } = await server.connections("flood");
  return { states, whileReading, read, attempts, seconds: (Date.now() - started) / 1e3 };
}

/** A plain WebSocket, whose messages go into the same kind of stream. */
export const native = (name) =>
  alone(name, async (world, before) => {
    const { page, server } = world;
    const url = server.ws("/ws/flood", { count: COUNT, size: SIZE, client: "flood" });
    await page.run((url) => {
      window.arrived = 0;
      const socket = new WebSocket(url);
      const readable = new ReadableStream({
        start(controller) {
          socket.onmessage = ({ data }) => {
            arrived++;
            controller.enqueue(data);
          };
        },
      });
      window.reader = readable.getReader();
    }, url);
    const started = Date.now();
    const most = await watch(
      world,
      before,
      () => Date.now() - started > LIMIT || page.runFor(LIMIT, (count) => arrived >= count, COUNT),
    );
    return { before, most, arrived: await page.run(() => arrived) };
  });

async function print() {
  const mb = (value) => `${Math.round(value)} MB`;
  console.log(
    "| reader | grows while it stands still for 60 s | while it reads on | reconnects | gets |",
  );
  console.log("| --- | ---: | ---: | ---: | ---: |");
  for (const name of browserNames) {
    const policy = name === "chromium" ? {} : { overflow: "drop-oldest" };
    const ours = await stream(name, policy);
    const title = `${name}, \`transport: "stream"\`${policy.overflow ? ", `drop-oldest`" : ""}`;
    const { whileStopped, whileReading, attempts, read } = ours;
    console.log(
      `| ${title} | ${mb(whileStopped)} | ${mb(whileReading)} | ${attempts - 1} | ${read.count} |`,
    );
    console.error(JSON.stringify(ours));
    const other = await native(name);
    console.log(`| ${name}, WebSocket | ${mb(other.most)} | - | - | ${other.arrived} |`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await print();
