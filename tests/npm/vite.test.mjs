// A Vite project without any configuration, as its dev server serves it and as `vite build` leaves it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createLogger, createServer } from "vite";
import { script } from "../../scripts/lib/paths.mjs";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { Guard } from "../e2e/harness/guard.mjs";
import { startServer } from "../e2e/harness/server.mjs";
import { within } from "../e2e/harness/time.mjs";
import { makeConsumer } from "./consumer.mjs";

const LIMIT = { timeout: 60_000 };

describe("a Vite project without configuration", () => {
  let consumer;
  let server;
  let dev;
  const complaints = [];

  before(async () => {
    consumer = await makeConsumer("vite");
    complaints.push(await consumer.node(script("vite"), "build", "--logLevel", "warn"));
    server = await startServer({ root: consumer.path("dist") });
    dev = await startDev(consumer.folder, complaints);
  }, LIMIT);
  after(async () => {
    await dev?.close();
    await server?.stop();
    await consumer?.remove();
  }, LIMIT);

  describe("in the browsers", { concurrency: true }, () => {
    for (const name of browserNames) {
      describe(name, () => {
        let browser;
        before(async () => {
          browser = await launch(name);
        }, LIMIT);
        after(() => browser?.close(), LIMIT);

        it("talks from page and worker, when the dev server serves it", LIMIT, () =>
          talks(browser, dev.resolvedUrls.local[0], server, `dev-${name}`),
        );

        it("talks from page and worker, when it is built", LIMIT, () =>
          talks(browser, server.url, server, `built-${name}`),
        );
      });
    }
  });

  it("builds and is served without a warning", () => {
    assert.deepEqual(complaints.filter(Boolean), []);
  });
});

/** The options are what the command line takes, too; nothing in them concerns the package. */
async function startDev(root, complaints) {
  const logger = createLogger("silent");
  logger.warn = logger.warnOnce = logger.error = (message) => complaints.push(message);
  const server = { host: "127.0.0.1", port: 0 };
  const dev = await createServer({ root, server, customLogger: logger });
  return dev.listen();
}

async function talks(browser, address, server, client) {
  const tab = await browser.newTab();
  const guard = new Guard();
  guard.watch(tab);
  try {
    const url = new URL(address);
    url.searchParams.set("server", server.ws("/ws/echo", { client }));
    await within(20_000, "the page to load", tab.goto(url.href, { waitUntil: "load" }));
    const both = () => {
      const said = Array.from(document.querySelectorAll("output"), (it) => it.textContent);
      return said.every(Boolean) && said;
    };
    const shown = await tab.waitForFunction(both, { polling: "mutation", timeout: 15_000 });
    assert.deepEqual(await shown.jsonValue(), ["hello from the page", "hello from the worker"]);
    guard.check();
    const { open, total } = await server.connections(client);
    assert.deepEqual([open, total], [2, 2]);
  } catch (error) {
    error.message += `\nstray errors:\n  ${guard.strays().join("\n  ")}`;
    throw error;
  } finally {
    await tab.close();
  }
}
