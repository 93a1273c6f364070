// Real clients of other libraries on the class of tautline/websocket, against their real servers: each talks, loses its
// server, finds it again, talks, and leaves nothing behind.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { Guard } from "../e2e/harness/guard.mjs";
import { startServer as startPages } from "../e2e/harness/server.mjs";
import { within } from "../e2e/harness/time.mjs";
import { bundlePage } from "./bundle.mjs";
import { readGuide } from "./guide.mjs";
import { libraries } from "./libraries.mjs";
import { startServer } from "./servers/server.mjs";

const LIMIT = { timeout: 90_000 };
// What a library says on the console of a server that is gone.
const SAID = [/Connection disconnected with error/, /Failed to start the connection/];
const KIND = process.env.LIBRARY_CLASS ?? "documented";

describe("other libraries on the drop-in class", { concurrency: true }, () => {
  let pages;
  before(async () => {
    const { folder, remove } = await bundlePage();
    const server = await startPages({ root: folder });
    pages = { url: server.url, stop: () => Promise.all([server.stop(), remove()]) };
  }, LIMIT);
  after(() => pages?.stop(), LIMIT);

  it("the guide's table names each of them once, with an example", async () => {
    const { rows, examples } = await readGuide();
    const names = Object.keys(libraries);
    assert.deepEqual(
      rows.map(({ name }) => name),
      names,
    );
    assert.deepEqual(Object.keys(examples), names);
  });

  for (const browserName of browserNames) {
    describe(browserName, { concurrency: 3 }, () => {
      let browser;
      before(async () => {
        browser = await launch(browserName);
      }, LIMIT);
      after(() => browser?.close(), LIMIT);

      for (const [name, file] of Object.entries(libraries)) {
        it(`${name} outlives its server and leaves nothing behind`, LIMIT, () =>
          inPage(browser, pages.url, file, (page, server) => lifeOf(name, page, server)),
        );
      }
    });
  }
});

async function lifeOf(name, page, server) {
  const connections = await page.run(
    (...args) => window.page.open(...args),
    name,
    server.url,
    KIND,
  );
  await talks(page, "one");
  await server.holds(connections);

  await server.kill();
  await page.run(() => window.page.lost());
  const failed = await page.run(() => ledger.failed);
  await page.run((failed) => ledger.until(() => ledger.failed > failed), failed);
  await server.start();
  await talks(page, "two");
  await server.holds(connections);
  assert.equal((await page.run(() => ledger.sockets())).length, connections);

  await page.run(() => window.page.close());
  await server.holds(0);
  await page.run(() => ledger.until(() => ledger.sockets().length === 0));
  assert.deepEqual(await page.run(() => ledger.ours()), []);
  await page.run(() => ledger.until(() => ledger.outstanding().length === 0));
}

async function talks(page, text) {
  const heard = await page.run((text) => window.page.talk(text), text);
  assert.ok(heard.length > 0);
  for (const it of heard) assert.equal(it.toUpperCase(), text.toUpperCase());
}

async function inPage(browser, url, file, work) {
  const server = await startServer(file);
  const tab = await browser.newWindow();
  const guard = new Guard();
  guard.watch(tab);
  for (const pattern of SAID) guard.allow(pattern);
  const page = {
    run: (work, ...args) => within(25_000, `in the page: ${work}`, tab.evaluate(work, ...args)),
  };
  try {
    await within(20_000, "the page to load", tab.goto(url, { waitUntil: "load" }));
    await work(page, server);
    guard.check();
  } catch (error) {
    const left = await page.run(() => ledger.outstanding()).catch(String);
    error.message += `\noutstanding: ${JSON.stringify(left, null, 2)}\nstrays: ${guard.strays()}`;
    throw error;
  } finally {
    await Promise.all([within(20_000, "the tab to close", tab.close()), server.stop()]);
  }
}
