// The examples that want a browser: whole pages, and modules for pages alone.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { Guard } from "../e2e/harness/guard.mjs";
import { packPackage } from "../e2e/harness/package.mjs";
import { startServer } from "../e2e/harness/server.mjs";
import { within } from "../e2e/harness/time.mjs";
import { blocksOf, examplesOf, pages } from "./blocks.mjs";
import { libraryModules, startLibrary } from "./libraries.mjs";

const LIMIT = { timeout: 60_000 };
const RUN_LIMIT = 20_000;

const all = await pages();
const modules = (await Promise.all(all.map(examplesOf))).flat().filter(({ browser }) => browser);
const documents = (await Promise.all(all.map((page) => blocksOf(page, ["html"])))).flat();
const whole = documents.filter(({ opens }) => opens);

describe("the examples for browsers", { concurrency: true }, () => {
  let folder;
  let server;

  before(async () => {
    const { mounts } = await packPackage();
    folder = await mkdtemp(join(tmpdir(), "tautline-docs-"));
    await Promise.all(whole.map(({ code }, n) => writeFile(join(folder, `page-${n}.html`), code)));
    await Promise.all(modules.map(({ code }, n) => bundle(code, n)));
    server = await startServer({ root: folder, mounts });
  }, LIMIT);
  after(async () => {
    await server?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  }, LIMIT);

  it("are whole pages, or said to be parts of one", () => {
    const silent = documents.filter(({ opens, noRun }) => !opens && noRun === undefined);
    assert.deepEqual(
      silent.map(({ page, line }) => `${page}:${line}`),
      [],
    );
  });

  for (const name of browserNames) {
    describe(name, () => {
      let browser;
      before(async () => {
        browser = await launch(name);
      }, LIMIT);
      after(() => browser?.close(), LIMIT);

      for (const [n, { page, line, opens }] of whole.entries())
        it(`${page}:${line} opens and shows "${opens}"`, LIMIT, () =>
          inTab(browser, async (tab) => {
            await tab.goto(`${server.url}/page-${n}.html`);
            const shows = (text) => {
              const said = Array.from(document.querySelectorAll("p"), (p) => p.textContent);
              return said.join(" ") === text;
            };
            await tab.waitForFunction(shows, { timeout: RUN_LIMIT }, opens);
          }),
        );

      for (const [n, example] of modules.entries())
        it(`${example.name} runs`, LIMIT, () => inTab(browser, (tab) => runs(tab, n, example)));
    });
  }

  /** With its packages, and beside a page whose wss://example.com is another server. */
  async function bundle(code, n) {
    await build({
      stdin: { contents: code, loader: "ts", resolveDir: folder },
      outfile: join(folder, `module-${n}.js`),
      bundle: true,
      format: "esm",
      target: "es2022",
      nodePaths: [libraryModules],
      alias: await aliases(),
      logLevel: "warning",
    });
  }

  async function runs(tab, n, example) {
    const library = example.library && (await startLibrary(example.library));
    try {
      const wanted = [...example.prints];
      const lines = [];
      const printed = new Promise((resolve) => {
        tab.on("console", (message) => {
          lines.push(message.text());
          if (message.text() === wanted[0]) wanted.shift();
          if (wanted.length === 0) resolve();
        });
      });
      const url = library?.url ?? server.ws(example.at ?? "/ws/echo");
      await writeFile(join(folder, `module-${n}.html`), host(url, n));
      await tab.goto(`${server.url}/module-${n}.html`);
      const what = () => `${JSON.stringify(wanted)} to be printed after ${JSON.stringify(lines)}`;
      await within(RUN_LIMIT, example.name, printed).catch((error) => {
        throw new Error(`${error.message}: ${what()}`);
      });
    } finally {
      await library?.stop();
    }
  }
});

const host = (url, n) => `<!doctype html><title>example</title><link rel="icon" href="data:,">
<script>
  const Native = WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(address, protocols) {
      if (new URL(address).host !== "example.com") throw new Error("an example dials " + address);
      super(${JSON.stringify(url)}, protocols);
    }
  };
</script>
<script type="module" src="module-${n}.js"></script>`;

/** The packed package by its entries. */
async function aliases() {
  const { folder } = await packPackage();
  return {
    tautline: join(folder, "pkg", "index.js"),
    "tautline/websocket": join(folder, "pkg", "websocket", "index.js"),
  };
}

async function inTab(browser, work) {
  const tab = await browser.newTab();
  const guard = new Guard();
  guard.allow(/favicon\.ico/);
  guard.watch(tab);
  try {
    await work(tab);
    guard.check();
  } finally {
    await tab.close();
  }
}
