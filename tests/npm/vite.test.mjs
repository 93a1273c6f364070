// A Vite project without any configuration, as its dev server serves it and as `vite build` leaves it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createLogger, createServer } from "vite";
import { script } from "../../scripts/lib/paths.mjs";
import { startServer } from "../e2e/harness/server.mjs";
import { makeConsumer } from "./consumer.mjs";
import { inBrowsers, talks } from "./pages.mjs";

const LIMIT = { timeout: 60_000 };
const SAID = ["hello from the page", "hello from the worker", "hello from the slim worker"];

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

  inBrowsers((name, browser) => {
    const kinds = { dev: () => dev.resolvedUrls.local[0], built: () => server.url };
    for (const [kind, address] of Object.entries(kinds))
      it(`talks from page, worker and a worker with the slim entry (${kind})`, LIMIT, () =>
        talks(browser(), address(), { server, client: `${kind}-${name}`, expected: SAID }),
      );
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
