// What an open socket holds, and whether closed ones leave anything. Needs a browser that collects garbage when told.
import { started } from "./lib/page.mjs";

const CONTENDERS = {
  native: "native, text",
  tautline: "tautline, text",
  "tautline, heartbeat": "tautline, heartbeat, JSON",
  partysocket: "partysocket, text",
  "reconnecting-websocket": "reconnecting-websocket, text",
};
const FULL = { sockets: 500, cycles: 10_000 };
const QUICK = { sockets: 500, cycles: 1_000 };
/** What is made once for all sockets is made in the first of them. */
const WARM_UP = 500;

/** Messages that are kept until a pong confirms them. */
const KEPT = 10_000;

/** Measures each contender in a page of its own. */
export async function measureMemory(browser, url, { quick }) {
  const { sockets, cycles } = quick ? QUICK : FULL;
  const rows = [];
  for (const [title, name] of Object.entries(CONTENDERS)) {
    const page = await browser.open(`${url}/memory.html#${encodeURIComponent(name)}`);
    try {
      await started(page);
      const row = { title, ...(await measure(page, sockets, cycles)) };
      if (name.startsWith("tautline") && row.wasmAtStart === 0)
        throw new Error("the package's wasm memory was not found: see page/memory.js");
      rows.push(row);
    } finally {
      await page.close();
    }
  }
  return { sockets, cycles, rows, kept: await measureKept(browser, url) };
}

/** What a kept message of 64 characters takes, in bytes of heap and of wasm. */
async function measureKept(browser, url) {
  const name = encodeURIComponent("tautline, keeping, text");
  const page = await browser.open(`${url}/memory.html#${name}`);
  try {
    await started(page);
    await page.evaluate("bench.open(1)");
    await page.evaluate("bench.keep(100)");
    const before = await look(page);
    await page.evaluate(`bench.keep(${KEPT})`);
    const after = await look(page);
    return { heap: (after.heap - before.heap) / KEPT, wasm: (after.wasm - before.wasm) / KEPT };
  } finally {
    await page.close();
  }
}

async function measure(page, sockets, cycles) {
  await page.evaluate("bench.cycle(1, 1)");
  const first = await look(page);
  await page.evaluate(`bench.cycle(${WARM_UP})`);
  const before = await look(page);
  await page.evaluate(`bench.open(${sockets})`);
  const open = await look(page);
  await page.evaluate("bench.close()");
  const closed = await look(page);
  await page.evaluate(`bench.cycle(${cycles})`);
  const cycled = await look(page);
  return {
    wasmAtStart: first.wasm,
    heapPerSocket: (open.heap - before.heap) / sockets,
    wasmPerSocket: (open.wasm - first.wasm) / sockets,
    heapPerCycle: (cycled.heap - closed.heap) / cycles,
    wasmOfCycles: cycled.wasm - closed.wasm,
  };
}

async function look(page) {
  await page.evaluate("bench.collect()");
  return { heap: await page.heap(), wasm: await page.evaluate("bench.wasmBytes()") };
}

/** The lines of a table. */
export function reportMemory({ cycles, rows }) {
  const [{ heapPerSocket: native }] = rows;
  const lines = rows.map((row, n) => {
    const wasm = (text) => (row.wasmAtStart > 0 ? text : "–");
    return [
      row.title,
      n === 0 ? `${Math.round(native)} B` : `+${Math.round(row.heapPerSocket - native)} B`,
      wasm(`${Math.round(row.wasmPerSocket)} B`),
      wasm(`${row.wasmAtStart / 1024} KiB`),
      `${Math.round(row.heapPerCycle)} B`,
      wasm(`${row.wasmOfCycles / 65_536} pages`),
    ];
  });
  const head = [
    "memory",
    "heap per open socket",
    "wasm per open socket",
    "wasm with the first",
    "heap growth per cycle",
    `wasm growth in ${cycles.toLocaleString("en")} cycles`,
  ];
  return [head, ...lines];
}
