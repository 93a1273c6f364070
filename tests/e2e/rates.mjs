// Measures what each promise costs over a real connection on loopback, and prints a markdown table.
//
//   node tests/e2e/rates.mjs              both browsers, about a minute
//   BROWSERS=chromium node tests/e2e/rates.mjs
//
// Asserts nothing. What drives the browsers watches every frame, which slows all rows alike: compare the rows, within
// one run. benches/ has what the library itself takes per message.
import { browserNames, launch } from "./harness/browsers.mjs";
import { packPackage } from "./harness/package.mjs";
import { openPage } from "./harness/page.mjs";
import { startServer } from "./harness/server.mjs";

const COUNT = 20_000;
const ROUNDS = 5;
const ROWS = [
  { mode: "native", title: "native `WebSocket`" },
  { mode: "at-most-once", title: "`send`, at most once" },
  { mode: "confirmed", title: "`deliver` until confirmed, at most once" },
  { mode: "at-least-once", title: "`send`, at least once" },
];

const rates = {};
const waits = {};
for (const name of browserNames) {
  const browser = await launch(name);
  const version = (await browser.version()).replace("/", " ");
  try {
    [rates[version], waits[version]] = await measure(browser);
  } finally {
    await browser.close();
  }
}
print();

async function measure(browser) {
  const { mounts, entry } = await packPackage();
  const server = await startServer({ mounts });
  try {
    const page = await openPage(browser, server.url, { entry });
    await page.run(prepare, server.ws("/ws/sink"));
    const found = Object.fromEntries(ROWS.map(({ mode }) => [mode, []]));
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const { mode } of ROWS) {
        const figure = await page.runFor(60_000, (mode, count) => rate(mode, count), mode, COUNT);
        if (round > 0) found[mode].push(figure); // the first round is for the browser to compile
      }
    }
    const times = {};
    for (const within of [0, 20, 1_000]) {
      times[within] = await page.runFor(60_000, (within) => latency(within, 15), within);
    }
    await page.close();
    return [found, times];
  } finally {
    await server.stop();
  }
}

/** Defines in the page what is measured. */
function prepare(url) {
  const heartbeat = {
    ping: (id) => ({ type: "ping", id }),
    isPong: (message) => message.type === "pong" && message.id,
  };
  const messages = Array.from({ length: 64 }, (_, n) => ({ type: "say", n, text: "x".repeat(40) }));
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

  async function native(count) {
    const socket = new WebSocket(url);
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const start = performance.now();
    for (let n = 0; n < count; n += 1) {
      socket.send(JSON.stringify(messages[n % 64]));
      if (n % 256 === 255) while (socket.bufferedAmount > 65_536) await turn();
    }
    const answered = new Promise((resolve) => socket.addEventListener("message", resolve));
    socket.send('{"type":"ping"}');
    await answered;
    const took = performance.now() - start;
    socket.close();
    return took;
  }

  async function ours(mode, count) {
    const delivery = mode === "at-least-once" ? mode : "at-most-once";
    const socket = tautline.connect(url, { heartbeat, delivery, confirmWithin: 20 });
    await socket.opened();
    const confirmed = { until: "confirmed" };
    const start = performance.now();
    for (let n = 0; n < count; n += 1) {
      const message = messages[n % 64];
      if (mode === "confirmed") void socket.deliver(message, confirmed);
      else socket.send(message);
      // 256 of the 1,024 that the queue may keep.
      if (n % 256 === 255) {
        while (socket.stats().heldMessages > 700) await turn();
        if (mode === "at-most-once" && n % 1024 === 1023) await turn();
      }
    }
    await socket.deliver(messages[0], confirmed);
    const took = performance.now() - start;
    const { heldMessages, messagesSent } = socket.stats();
    await socket.close();
    if (heldMessages > 0 || messagesSent !== count + 1) {
      throw new Error(`${mode}: ${messagesSent} sent, ${heldMessages} unconfirmed`);
    }
    return took;
  }

  /** Messages a second, until the server has shown that it has them all. */
  globalThis.rate = async (mode, count) => {
    const took = mode === "native" ? await native(count) : await ours(mode, count);
    return (count / took) * 1_000;
  };

  /** How long single messages wait for their confirmation, in ms. */
  globalThis.latency = async (confirmWithin, count) => {
    const socket = tautline.connect(url, { heartbeat, confirmWithin });
    await socket.opened();
    const times = [];
    for (let n = 0; n < count; n += 1) {
      const start = performance.now();
      await socket.deliver(messages[n], { until: "confirmed" });
      times.push(performance.now() - start);
    }
    await socket.close();
    return times.sort((a, b) => a - b)[count >> 1];
  };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function print() {
  const versions = Object.keys(rates);
  console.log(`| messages a second | ${versions.join(" | ")} |`);
  console.log(`|---|${versions.map(() => "---:|").join("")}`);
  for (const { mode, title } of ROWS) {
    const cells = versions.map((version) => {
      const figure = Math.round(median(rates[version][mode]));
      const share = median(rates[version][mode]) / median(rates[version].native);
      return `${figure.toLocaleString("en")} (${Math.round(share * 100)} %)`;
    });
    console.log(`| ${title} | ${cells.join(" | ")} |`);
  }
  const [first] = versions;
  console.log(`\n| \`confirmWithin\` | ${versions.join(" | ")} |`);
  console.log(`|---|${versions.map(() => "---:|").join("")}`);
  for (const within of Object.keys(waits[first])) {
    const cells = versions.map((version) => `${waits[version][within].toFixed(1)} ms`);
    console.log(`| ${within} | ${cells.join(" | ")} |`);
  }
  console.log(
    `\n${COUNT.toLocaleString("en")} messages of about 70 bytes, median of ${ROUNDS} rounds.`,
  );
}
