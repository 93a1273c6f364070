// Measures everything and prints it.
import { readFile } from "node:fs/promises";
import { arch, cpus, platform } from "node:os";
import { at } from "../scripts/lib/paths.mjs";
import { browserNames } from "../tests/e2e/harness/browsers.mjs";
import { launchChromium } from "./lib/chromium.mjs";
import { launchFirefox } from "./lib/firefox.mjs";
import { serve } from "./lib/serve.mjs";
import { table } from "./lib/tables.mjs";
import { measureMemory, reportMemory } from "./memory.mjs";
import { measureTime, reportTime } from "./time.mjs";

const PEERS = ["partysocket", "reconnecting-websocket"];
const TIME_NOTE =
  "Below the first row: what is added to native in the same round. Median ± half the middle range of the rounds.";
const MEMORY_NOTE =
  "JavaScript and DOM heap after garbage collection; below the first row: what is added. A cycle is connect and close.";

const LAUNCH = { chromium: launchChromium, firefox: launchFirefox };

/** `quick` takes fewer rounds; `markdown` prints what docs/figures.md takes. */
export async function bench({ quick = false, markdown = false }) {
  const server = await serve();
  try {
    for (const name of browserNames) {
      const browser = await LAUNCH[name]();
      try {
        console.log(`${await heading(browser, quick)}\n`);
        await time(browser, server.url, { quick, markdown });
        if (name === "chromium") await memory(browser, server.url, { quick, markdown });
      } finally {
        await browser.close();
      }
    }
  } finally {
    await server.stop();
  }
}

async function heading({ version }, quick) {
  const command = `npm run bench${quick ? " -- --quick" : ""}`;
  const date = new Date().toISOString().slice(0, 10);
  const machine = `${platform()} ${arch()}, ${cpus().length} cores (${cpus()[0]?.model.trim()})`;
  const peers = await Promise.all(PEERS.map(versioned));
  return `\`${command}\`, ${date}, ${version}, ${machine}; ${peers.join(", ")}`;
}

async function versioned(name) {
  const { version } = JSON.parse(await readFile(at("node_modules", name, "package.json"), "utf8"));
  return `${name} ${version}`;
}

async function time(browser, url, { quick, markdown }) {
  const { lines, verdict } = reportTime(await measureTime(browser, url, { quick }));
  console.log(`${table(lines, markdown)}\n`);
  console.log(`${TIME_NOTE}\n${verdict}\n`);
}

async function memory(browser, url, { quick, markdown }) {
  const measured = await measureMemory(browser, url, { quick });
  console.log(`${table(reportMemory(measured), markdown)}\n\n${MEMORY_NOTE}`);
  const { heap, wasm } = measured.kept;
  console.log(
    `A message of 64 characters kept until it is confirmed: ${Math.round(heap)} B of heap, ${Math.round(wasm)} B of wasm.\n`,
  );
}
