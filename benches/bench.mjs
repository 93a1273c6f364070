// Measures everything and prints it.
import { arch, cpus, platform } from "node:os";
import { browserNames } from "../tests/e2e/harness/browsers.mjs";
import { launchChromium } from "./lib/chromium.mjs";
import { launchFirefox } from "./lib/firefox.mjs";
import { serve } from "./lib/serve.mjs";
import { table } from "./lib/tables.mjs";
import { measureMemory, reportMemory } from "./memory.mjs";
import { measureTime, reportTime } from "./time.mjs";

const LAUNCH = { chromium: launchChromium, firefox: launchFirefox };

/** `quick` takes fewer rounds; `markdown` prints what docs/figures.md takes. */
export async function bench({ quick = false, markdown = false }) {
  const server = await serve();
  try {
    for (const name of browserNames) {
      const browser = await LAUNCH[name]();
      try {
        console.log(`${heading(browser, quick)}\n`);
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

function heading({ version }, quick) {
  const command = `npm run bench${quick ? " -- --quick" : ""}`;
  const date = new Date().toISOString().slice(0, 10);
  const [{ model }] = cpus();
  return `\`${command}\`, ${date}, ${version}, ${platform()} ${arch()}, ${cpus().length} cores (${model.trim()})`;
}

async function time(browser, url, { quick, markdown }) {
  const { lines, excess } = reportTime(await measureTime(browser, url, { quick }));
  console.log(`${table(lines, markdown)}\n`);
  console.log(
    "Rows below native: what is added to native in the same round. Median ± half the middle range.",
  );
  if (excess.length === 0) console.log("Within the bounds: 300 ns per receive, 200 ns per send.\n");
  else console.log(`Over the bound:\n${excess.map((line) => `* ${line}`).join("\n")}\n`);
}

async function memory(browser, url, { quick, markdown }) {
  const report = reportMemory(await measureMemory(browser, url, { quick }));
  console.log(`${table(report, markdown)}\n`);
  console.log(
    "Heap: JavaScript and DOM after garbage collection; rows below native: what is added. A cycle is connect and close.\n",
  );
}
