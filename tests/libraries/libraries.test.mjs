// Real clients of other libraries on the class of tautline/websocket, against their real servers: each talks, loses its
// server, finds it again, talks, and leaves nothing behind.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { Guard } from "../e2e/harness/guard.mjs";
import { startServer as startPages } from "../e2e/harness/server.mjs";
import { within } from "../e2e/harness/time.mjs";
import { bundlePage } from "./bundle.mjs";
import { compile } from "./compile.mjs";
import { readGuide } from "./guide.mjs";
import { libraries } from "./libraries.mjs";
import { startServer } from "./servers/server.mjs";

const LIMIT = { timeout: 90_000 };
// What a library says on the console of a server that is gone.
const SAID = [/Connection disconnected with error/, /Failed to start the connection/];
const { rows, heartbeats, examples } = await readGuide();
// Another class than the guide's, to compare: native, reconnecting.
const KIND = process.env.LIBRARY_CLASS ?? "documented";

describe("other libraries on the drop-in class", { concurrency: true }, () => {
  let pages;
  before(async () => {
    const { folder, remove } = await bundlePage();
    const server = await startPages({ root: folder });
    pages = { url: server.url, stop: () => Promise.all([server.stop(), remove()]) };
  }, LIMIT);
  after(() => pages?.stop(), LIMIT);

  it("the guide's tables name each of them once, with an example", () => {
    const names = Object.keys(libraries);
    assert.deepEqual(
      rows.map(({ name }) => name),
      names,
    );
    assert.deepEqual(Object.keys(examples), names);
    for (const { name, setting } of rows) {
      assert.ok(
        examples[name].includes(`WebSocket.with({ ${setting.replaceAll("`", "")} })`),
        name,
      );
    }
  });

  it("the guide's examples compile", LIMIT, () => compile(examples));

  for (const browserName of browserNames) {
    describe(browserName, { concurrency: 5 }, () => {
      let browser;
      before(async () => {
        browser = await launch(browserName);
      }, LIMIT);
      after(() => browser?.close(), LIMIT);

      const test = (name, what, work, options) =>
        it(`${name} ${what}`, LIMIT, () =>
          inPage(browser, pages.url, name, (page, server) => work(page, server, options)),
        );

      for (const { name, reconnecting } of rows) {
        test(name, "outlives its server and leaves nothing behind", isKilled, { kind: KIND });
        if (reconnecting.startsWith("gains nothing"))
          test(name, "does so on the class that reconnects, too", isKilled, {
            kind: "reconnecting",
          });
        if (heartbeats[name])
          test(name, "learns from the heartbeat that its server is silent", isFrozen, {
            heartbeat: heartbeats[name],
          });
      }
    });
  }
});

/**
 * It talks, loses its server, dials in vain, finds it again, talks, and ends; and another one ends while the server is
 * gone.
 */
async function isKilled(page, server, options) {
  await page.opens(server, options);
  await page.loses(server);
  await server.start();
  await page.ends(server);

  await page.opens(server, options);
  await page.loses(server);
  await page.closes();
}

/** It talks, its server falls silent and keeps all connections open, and it does not wait for it. */
async function isFrozen(page, server, options) {
  await page.opens(server, options);
  server.freeze();
  await page.run(() => window.page.lost());
  server.thaw();
  await page.ends(server);
}

class Page {
  #name;
  #tab;
  #connections;

  constructor(name, tab) {
    this.#name = name;
    this.#tab = tab;
  }

  run(work, ...args) {
    return within(40_000, `in the page: ${work}`, this.#tab.evaluate(work, ...args));
  }

  async opens(server, options) {
    const open = (...args) => window.page.open(...args);
    this.#connections = await this.run(open, this.#name, server.url, options);
    await this.#talks("one");
    await server.holds(this.#connections);
    if (options.heartbeat) assert.notDeepEqual(await this.run(() => ledger.ours()), []);
  }

  /** Until a dial has failed. */
  async loses(server) {
    await server.kill();
    await this.run(() => window.page.lost());
    const failed = await this.run(() => ledger.failed);
    await this.run((failed) => ledger.until(() => ledger.failed > failed), failed);
  }

  /** Talks once more, and is disposed: that leaves no connection, no socket and no timer. */
  async ends(server) {
    await this.#talks("two");
    await server.holds(this.#connections);
    await this.run((n) => ledger.until(() => ledger.sockets().length === n), this.#connections);

    await this.closes(() => server.holds(0));
  }

  async closes(atServer = () => {}) {
    await this.run(() => window.page.close());
    await atServer();
    await this.run(() => ledger.until(() => ledger.sockets().length === 0));
    assert.deepEqual(await this.run(() => ledger.ours()), []);
    await this.run(() => ledger.until(() => ledger.outstanding().length === 0));
  }

  async #talks(text) {
    const heard = await this.run((text) => window.page.talk(text), text);
    assert.ok(heard.length > 0);
    for (const it of heard) assert.equal(it.toUpperCase(), text.toUpperCase());
  }
}

async function inPage(browser, url, name, work) {
  const server = await startServer(libraries[name]);
  const tab = await browser.newWindow();
  const guard = new Guard();
  guard.watch(tab);
  for (const pattern of SAID) guard.allow(pattern);
  const page = new Page(name, tab);
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
