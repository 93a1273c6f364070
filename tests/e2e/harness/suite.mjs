// One suite, run in each browser: the browser starts once per file, every test has a tab and a
// server of its own.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { browserNames, launch } from "./browsers.mjs";
import { packPackage } from "./package.mjs";
import { openPage } from "./page.mjs";
import { pages } from "./paths.mjs";
import { startServer } from "./server.mjs";

const TEST_LIMIT = 60_000;

/**
 * Runs `define({ test, name })` for each browser, or for those of `only`; the browsers run side by side.
 * test(title, async (world) => …, options): the world is { browser, server, page, name } and open().
 * With the option `records` what the server recorded outlives its restart. With `together`, that many tests of a browser run at once, each in a window of its own.
 * `mounts` are more folders that the server serves: { "/prefix": folder }.
 */
export function suite(title, define, { only = browserNames, together = 1, mounts = {} } = {}) {
  const names = browserNames.filter((name) => only.includes(name));
  describe(title, { concurrency: true }, () => {
    for (const name of names) {
      describe(`${title} (${name})`, { concurrency: together }, () => {
        let browser;
        before(
          async () => {
            await packPackage();
            browser = await launch(name);
          },
          { timeout: 120_000 },
        );
        after(() => browser?.close(), { timeout: 30_000 });

        const test = (heading, work, { timeout = TEST_LIMIT, records = false, ...page } = {}) =>
          it(heading, { timeout }, () =>
            inWorld(browser, { ownWindow: together > 1, ...page }, { records, mounts }, work),
          );
        define({ test, name });
      });
    }
  });
}

async function inWorld(browser, pageOptions, serving, work) {
  const { mounts, entry } = await packPackage();
  const folder = serving.records && (await mkdtemp(join(tmpdir(), "tautline-records-")));
  const records = folder ? join(folder, "records.json") : undefined;
  const server = await startServer({
    root: pages,
    mounts: { ...mounts, ...serving.mounts },
    records,
  });
  const world = new World(browser, server, entry, pageOptions);
  try {
    world.page = await world.open();
    await work(world);
    for (const page of world.opened) await page.check();
  } catch (error) {
    await world.explain(error);
    throw error;
  } finally {
    await world.end();
    if (folder) await rm(folder, { recursive: true, force: true });
  }
}

class World {
  #entry;
  #pageOptions;

  constructor(browser, server, entry, pageOptions) {
    this.browser = browser;
    this.server = server;
    this.#entry = entry;
    this.#pageOptions = pageOptions;
    this.opened = [];
  }

  /** Opens another page with the package; the first is `page`. `named` opens it under a host name. */
  async open(options = {}) {
    const { named, ...all } = { entry: this.#entry, ...this.#pageOptions, ...options };
    const page = await openPage(this.browser, named ? this.server.named : this.server.url, all);
    this.opened.push(page);
    return page;
  }

  /** Adds to a failure what the page went through, so that a red test explains itself. */
  async explain(error) {
    for (const page of this.opened) {
      const log = await page.log().catch(() => []);
      const lines = log
        .slice(-40)
        .map(({ what, at, epoch, ...rest }) => `${Math.round(at)} ${what} ${JSON.stringify(rest)}`);
      error.message += `\nlog of the page:\n  ${lines.join("\n  ")}`;
      const strays = page.guard.strays();
      if (strays.length > 0) error.message += `\nstray errors:\n  ${strays.join("\n  ")}`;
    }
  }

  async end() {
    const closings = [...this.opened.map((page) => page.close()), this.server.stop()];
    const failed = (await Promise.allSettled(closings)).find((it) => it.status === "rejected");
    if (failed) throw failed.reason;
  }
}
