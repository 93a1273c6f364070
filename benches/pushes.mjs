// What it costs to have ten small messages a second: bytes beside the payload, and time until the page has them.
//
//   node benches/pushes.mjs              Chromium, about two minutes
//   node benches/pushes.mjs --markdown   the same table for docs/why-websockets.md
import { readFile } from "node:fs/promises";
import { arch, cpus, platform } from "node:os";
import { at } from "../scripts/lib/paths.mjs";
import { program, Trouble } from "../scripts/lib/run.mjs";
import { launchChromium } from "./lib/chromium.mjs";
import { started } from "./lib/page.mjs";
import { startPushes } from "./lib/pushes.mjs";
import { quantile } from "./lib/statistics.mjs";
import { table } from "./lib/tables.mjs";

const WAYS = {
  websocket: "WebSocket",
  events: "server-sent events",
  short: "short polling, each second",
  long: "long polling",
};
const EVERY_MS = 100;
const MEASURED_MS = 25_000;
const HEAD = [
  "",
  "above the payload per message",
  "late, p50",
  "p95",
  "above the payload in a day",
];
const DAY_MESSAGES = (24 * 3_600_000) / EVERY_MS;

await program(async () => {
  const flags = process.argv.slice(2);
  const unknown = flags.find((flag) => flag !== "--markdown");
  if (unknown) throw new Trouble(`unknown argument "${unknown}": there is --markdown`);
  const script = await readFile(at("benches", "page", "pushes.js"), "utf8");
  const page = `<!doctype html><link rel="icon" href="data:,"><script>${script}</script>`;
  const server = await startPushes({ page, every: EVERY_MS });
  const browser = await launchChromium();
  try {
    const lines = [HEAD];
    for (const [way, title] of Object.entries(WAYS))
      lines.push([title, ...(await measure(browser, server, way))]);
    const date = new Date().toISOString().slice(0, 10);
    const machine = `${platform()} ${arch()}, ${cpus().length} cores (${cpus()[0]?.model.trim()})`;
    console.log(`\`node benches/pushes.mjs\`, ${date}, ${browser.version}, ${machine}\n`);
    console.log(table(lines, flags.includes("--markdown")));
  } finally {
    await browser.close();
    await server.stop();
  }
});

/** The cells of a row. Each way has a page of its own, and what opens the connection is not counted. */
async function measure(browser, server, way) {
  const page = await browser.open(server.url);
  try {
    await started(page);
    const { ahead } = await page.evaluate("bench.clock()");
    await page.evaluate(`bench.start("${way}")`);
    await until(page, "bench.taken().length > 0");
    await time(1_500); // the first poll may bring what was there before
    const from = { bytes: server.bytes(), taken: await page.evaluate("bench.taken().length") };
    await time(MEASURED_MS);
    const bytes = server.bytes() - from.bytes;
    const taken = (await page.evaluate("bench.taken()")).slice(from.taken);
    await page.evaluate("bench.stop()");
    check(way, taken);
    const payload = taken.reduce((sum, message) => sum + message.bytes, 0);
    const above = (bytes - payload) / taken.length;
    const late = taken.map((message) => message.late + ahead);
    const ms = (share) => `${Number(quantile(late, share).toPrecision(2))} ms`;
    return [`${above.toFixed(0)} B`, ms(0.5), ms(0.95), `${megabytes(above * DAY_MESSAGES)} MB`];
  } finally {
    await page.close();
  }
}

/** No way may lose or double anything, or its figures say nothing. */
function check(way, taken) {
  const gap = taken.findIndex(({ seq }, n) => seq !== taken[0].seq + n);
  if (gap >= 0) throw new Error(`${way}: message ${taken[gap].seq} is out of order`);
  const expected = MEASURED_MS / EVERY_MS;
  if (taken.length < expected * 0.9) throw new Error(`${way}: ${taken.length} of ${expected}`);
}

async function until(page, condition) {
  for (let tries = 0; tries < 100; tries++) {
    if (await page.evaluate(condition)) return;
    await time(50);
  }
  throw new Error(`no message came within 5 s: ${condition}`);
}

function megabytes(bytes) {
  return Math.round(bytes / 1e5) / 10;
}

function time(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
