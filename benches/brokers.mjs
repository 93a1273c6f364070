// Measures clients of MQTT and STOMP beside each other: same browser, same broker, same run.
//
//   node benches/brokers.mjs               about eight minutes, in Chromium
//   node benches/brokers.mjs --quick       fewer rounds, about five minutes
//   node benches/brokers.mjs --markdown    the same tables for docs/figures.md
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { brotliCompressSync } from "node:zlib";
import { at } from "../scripts/lib/paths.mjs";
import { program, Trouble } from "../scripts/lib/run.mjs";
import { within } from "../tests/e2e/harness/time.mjs";
import { Mosquitto } from "../tests/protocols/brokers/mosquitto.mjs";
import { TcpProxy } from "../tests/protocols/brokers/proxy.mjs";
import { RabbitMq } from "../tests/protocols/brokers/rabbitmq.mjs";
import { MqttSide, StompSide } from "./lib/broker-sides.mjs";
import { launchChromium } from "./lib/chromium.mjs";
import { started } from "./lib/page.mjs";
import { middle } from "./lib/statistics.mjs";
import { table } from "./lib/tables.mjs";

const PEERS = at("tests", "protocols", "node_modules");
const CONTENDERS = [
  { name: "mqtt.js", file: "mqtt-js", kind: "mqtt", needs: ["mqtt"] },
  { name: "tautline/mqtt", file: "tautline-mqtt", kind: "mqtt" },
  { name: "@stomp/stompjs", file: "stompjs", kind: "stomp", needs: ["@stomp/stompjs"] },
  { name: "tautline/stomp", file: "tautline-stomp", kind: "stomp" },
];
const FULL = { rounds: 9, receive: 20_000, publish: 5_000, restarts: 5, cuts: 30_000 };
const QUICK = { rounds: 3, receive: 5_000, publish: 1_000, restarts: 2, cuts: 30_000 };
const LIMIT = 120_000;

await program(async () => {
  const flags = process.argv.slice(2);
  const unknown = flags.find((flag) => flag !== "--quick" && flag !== "--markdown");
  if (unknown) throw new Trouble(`unknown argument "${unknown}": there are --quick and --markdown`);
  const scale = flags.includes("--quick") ? QUICK : FULL;
  const served = await serve();
  const browser = await launchChromium();
  const rabbit = await RabbitMq.start();
  const mosquitto = await Mosquitto.start({
    persistent: true,
    config: ["max_queued_messages 0", "max_inflight_messages 1000"],
  });
  const brokers = { mqtt: new MqttSide(mosquitto), stomp: new StompSide(rabbit) };
  try {
    console.log(`\n${browser.version}; ${await versions()}\n`);
    const rows = await measureAll(browser, served, brokers, scale);
    for (const kind of ["mqtt", "stomp"]) {
      const own = rows.filter((row) => row.kind === kind);
      console.log(`${table(lines(own), flags.includes("--markdown"))}\n`);
    }
  } finally {
    await browser.close();
    await mosquitto.stop();
    await rabbit.stop();
    await served.stop();
  }
});

/** Each measurement goes round all contenders, so that a bad moment of the machine meets them all. */
async function measureAll(browser, served, brokers, scale) {
  const rows = served.contenders.map((contender) => ({
    ...contender,
    ...{ first: [], receive: [], cpu: [], publish: [], restart: [] },
  }));
  const each = async (times, work) => {
    for (let round = 0; round < times; round++)
      for (const row of round % 2 ? [...rows].reverse() : rows) {
        const page = await browser.open(`${served.url}/page.html`);
        try {
          await started(page);
          const run = (expression) =>
            within(LIMIT, `${row.name}: ${expression}`, page.evaluate(expression));
          await work({ ...row, side: brokers[row.kind], page, run, topic: topicOf(row, round) });
        } finally {
          await page.close();
        }
      }
  };
  const script = ({ file }) => JSON.stringify(`/${file}.js`);
  const text = JSON.stringify;
  const load = ({ run, side, ...row }) => run(`bench.load(${script(row)}, ${text(side.url)})`);

  await each(scale.rounds, async ({ side, run, topic, first, ...row }) => {
    first.push(await run(`bench.first(${script(row)}, ${text(side.url)}, ${text(topic)})`));
  });
  await each(scale.rounds, async (world) => {
    const { side, page, run, topic, receive, cpu, publish } = world;
    await load(world);
    await run(`bench.subscribe(${text(topic)}, 0)`);
    const before = await page.cpu();
    const taken = run(`bench.next(${scale.receive})`);
    await side.flood(topic, scale.receive);
    receive.push(scale.receive / ((await taken) / 1_000));
    cpu.push(((await page.cpu()) - before) / scale.receive);
    const to = text(`${topic}-else`);
    const ms = await run(`bench.publish(${to}, ${scale.publish}, 1, 500)`);
    publish.push(scale.publish / (ms / 1_000));
    await run("bench.client.close()");
  });
  await each(scale.restarts, (world) => recover(world, load));
  for (const row of rows)
    row.cuts = await cutAtRandom(browser, served, brokers[row.kind], row, scale);
  return rows;
}

function topicOf({ kind, file }, round) {
  return `${kind === "stomp" ? "/topic/" : ""}bench-${file}-${round}-${Math.random().toString(36).slice(2)}`;
}

/** ms from the broker's start to the first message that the page has of it. */
async function recover(world, load) {
  const { side, run, topic, restart } = world;
  await load(world);
  await run(`bench.subscribe(${JSON.stringify(topic)}, 1)`);
  const heard = run("bench.next(1)");
  await side.restart();
  const start = performance.now();
  const watcher = await side.watch(`${topic}-else`);
  const calling = setInterval(() => watcher.publish(topic, "0", 0).catch(() => {}), 20);
  try {
    await heard;
    restart.push(performance.now() - start);
  } finally {
    clearInterval(calling);
    await watcher.close();
  }
}

/** Messages both ways, 100 a second each, while the connection is reset at random; the random numbers are the same for all. */
async function cutAtRandom(browser, served, side, row, { cuts }) {
  const proxy = await TcpProxy.start(side.url);
  const page = await browser.open(`${served.url}/page.html`);
  const topic = topicOf(row, "cuts");
  const watcher = await side.watch(`${topic}-up`);
  const random = generator(1);
  try {
    await started(page);
    await page.evaluate(
      `bench.load(${JSON.stringify(`/${row.file}.js`)}, ${JSON.stringify(proxy.url)})`,
    );
    await page.evaluate(`bench.subscribe(${JSON.stringify(`${topic}-down`)}, 2)`);
    await page.evaluate("void bench.next(1e9, { keeps: true })");
    let given = 0;
    const down = setInterval(() => void watcher.publish(`${topic}-down`, String(given++), 2), 10);
    const up = page.evaluate(`bench.drip(${JSON.stringify(`${topic}-up`)}, 2, 10, ${cuts})`);
    const until = performance.now() + cuts;
    let count = 0;
    while (performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 200 + random() * 1_800));
      count += proxy.cut();
    }
    clearInterval(down);
    const sent = await within(LIMIT, "the messages to leave", up);
    await settled(() => page.evaluate("bench.received"));
    await settled(async () => watcher.numbers.length);
    const told = (await page.evaluate("bench.told")).map(Number);
    return {
      count,
      up: { ...judge(watcher.numbers, sent.given), refused: sent.refused },
      down: judge(told, given),
    };
  } finally {
    await page.close();
    await watcher.close();
    await proxy.stop();
  }
}

/** Waits until a number has not grown for two seconds. */
async function settled(ask) {
  for (let before = -1, now = await ask(); now !== before; now = await ask()) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

function judge(numbers, given) {
  const known = new Set(numbers);
  return { given, lost: given - known.size, doubled: numbers.length - known.size };
}

/** mulberry32. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function lines(rows) {
  const number = (values, digits = 0) => {
    const { value, spread } = middle(values);
    return `${value.toFixed(digits)} ± ${spread.toFixed(digits)}`;
  };
  const way = ({ lost, doubled, given }, refused) =>
    `${lost - (refused ?? 0)} lost, ${doubled} doubled${refused ? `, ${refused} refused` : ""} of ${given}`;
  const measures = {
    "bytes, brotli": ({ bytes }) => String(bytes),
    "first message, ms": ({ first }) => number(first),
    "QoS 0 received, a second": ({ receive }) => number(receive),
    "main thread for each, µs": ({ cpu }) =>
      number(
        cpu.map((ms) => ms * 1_000),
        1,
      ),
    "published and acknowledged, a second": ({ publish }) => number(publish),
    "back after a restart, ms": ({ restart }) => number(restart),
    "sent through random cuts": ({ cuts }) => way(cuts.up, cuts.up.refused),
    "received through random cuts": ({ cuts }) => way(cuts.down),
  };
  return [
    ["", ...rows.map(({ name }) => name)],
    ...Object.entries(measures).map(([title, of]) => [title, ...rows.map(of)]),
  ];
}

async function versions() {
  const names = CONTENDERS.flatMap(({ needs = [] }) => needs);
  const all = names.map(async (name) => {
    const { version } = JSON.parse(await readFile(`${PEERS}/${name}/package.json`, "utf8"));
    return `${name} ${version}`;
  });
  return (await Promise.all(all)).join(", ");
}

/** Serves the page and each contender as one bundle: { url, contenders, stop }; those that are not built are left out. */
async function serve() {
  const { build } = await import("esbuild");
  const files = new Map();
  const bundle = async (file) => {
    const { outputFiles } = await build({
      entryPoints: [at("benches", "page", "brokers", `${file}.js`)],
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      target: "es2022",
      nodePaths: [PEERS],
      alias: { tautline: at("pkg") },
      logLevel: "warning",
    });
    files.set(`/${file}.js`, { type: "text/javascript", text: outputFiles[0].text });
    return brotliCompressSync(outputFiles[0].contents).length;
  };
  await bundle("page");
  const there = CONTENDERS.filter(({ kind, needs }) => needs || existsSync(at("pkg", kind)));
  const contenders = [];
  for (const contender of there)
    contenders.push({ ...contender, bytes: await bundle(contender.file) });
  const html = `<!doctype html><title>brokers</title><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>`;
  files.set("/page.html", { type: "text/html", text: html });
  const server = createServer(({ url }, response) => {
    const { type, text } = files.get(url) ?? {};
    response.writeHead(text === undefined ? 404 : 200, {
      "content-type": type ?? "text/plain",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
      "cache-control": "no-store",
    });
    response.end(text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}`, contenders, stop };
}
