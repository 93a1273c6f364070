// The built site: every link leads somewhere, and it opens, searches and leads back to the demo in both browsers, all by itself.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { before, describe, it } from "node:test";
import { docsSite } from "../../scripts/lib/docs.mjs";
import { entries } from "../../scripts/lib/entries.mjs";
import { filesBelow } from "../../scripts/lib/stamp.mjs";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { Guard } from "../e2e/harness/guard.mjs";
import { packPackage } from "../e2e/harness/package.mjs";
import { site as demo } from "../e2e/harness/paths.mjs";
import { startServer } from "../e2e/harness/server.mjs";

const LIMIT = { timeout: 60_000 };
const WAIT = { timeout: 20_000 };
const BASE = "/docs/";
const HERE = "http://site.test";

describe("the documentation site", { concurrency: true }, () => {
  let pages;
  let files;

  before(async () => {
    const all = await filesBelow(docsSite);
    const addresses = all.map((path) => BASE + relative(docsSite, path).split(sep).join("/"));
    files = new Set(addresses);
    const texts = await Promise.all(
      all.map((path) => (path.endsWith(".html") ? readFile(path, "utf8") : undefined)),
    );
    pages = new Map(addresses.map((address, n) => [address, texts[n]]).filter(([, text]) => text));
  });

  it("has only links that lead to a page of it, and to a place on that page", () => {
    const dead = [];
    for (const [address, text] of pages) {
      for (const [, raw] of text.matchAll(/<a\b[^>]*?\shref="([^"]*)"/g)) {
        const url = new URL(raw.replaceAll("&amp;", "&"), HERE + address);
        if (url.origin !== HERE) continue;
        const target = url.pathname.endsWith("/") ? `${url.pathname}index.html` : url.pathname;
        // The demo's pages lie beside the site.
        if (!target.startsWith(BASE) && existsSync(join(demo, target))) continue;
        const anchor = decodeURIComponent(url.hash.slice(1));
        if (!files.has(target)) dead.push(`${address}: ${raw}`);
        else if (anchor && !hasPlace(pages.get(target), anchor)) dead.push(`${address}: ${raw}`);
      }
    }
    assert.deepEqual([...new Set(dead)], []);
  });

  it("has every page of docs/ in its menu", () => {
    const menu = pages.get(`${BASE}figures.html`);
    const missing = [...pages.keys()].filter(
      (address) => !/\/(404|index)\.html$/.test(address) && !menu.includes(`href="${address}"`),
    );
    assert.deepEqual(missing, []);
  });

  it("has a reference to each entry of the package", async () => {
    for (const { path } of await entries()) {
      const address = `${BASE}api/tautline${path.slice(1)}.html`;
      assert.ok(pages.has(address), address);
    }
    assert.match(pages.get(`${BASE}api/tautline.html`), /id="connect"/);
  });

  it("loads nothing from elsewhere", async () => {
    const foreign = [];
    for (const [address, text] of pages)
      for (const [tag, url] of text.matchAll(
        /<(?:script|link|img|iframe)\b[^>]*?(?:src|href)="([^"]*)"[^>]*>/g,
      ))
        if (new URL(url, HERE).origin !== HERE) foreign.push(`${address}: ${tag}`);
    assert.deepEqual(foreign, []);
  });

  for (const name of browserNames) {
    it(`opens in ${name}, finds a guide, shows it, and leads back to the demo`, LIMIT, async () => {
      const { mounts } = await packPackage();
      const server = await startServer({ root: demo, mounts: { ...mounts, "/docs": docsSite } });
      const browser = await launch(name).catch(async (error) => {
        await server.stop();
        throw error;
      });
      try {
        await visit(browser, server.url);
      } finally {
        await browser.close();
        await server.stop();
      }
    });
  }
});

async function visit(browser, url) {
  const tab = await browser.newWindow();
  const guard = new Guard();
  guard.watch(tab);
  const foreign = [];
  tab.on("request", (request) => {
    if (/^(https?|wss?):/.test(request.url()) && !request.url().startsWith(url))
      foreign.push(request.url());
  });

  // From the demo, as people come.
  await tab.goto(url);
  await Promise.all([tab.waitForNavigation(WAIT), tab.click('a[href="/docs/"]')]);
  await tab.waitForSelector(".VPHero .name", WAIT);
  // The page's script runs: it has put its own search in the place of the button's.
  await tab.waitForFunction(() => document.querySelector("#app")?.__vue_app__, WAIT);

  await tab.click(".VPNavBarSearch button");
  const field = await tab.waitForSelector(".VPLocalSearchBox input", WAIT);
  await field.type("jitter");
  const found = await tab.waitForSelector('.result[href*="reconnection.html"]', WAIT);
  await found.click();
  await tab.waitForFunction(
    () => document.querySelector("h1")?.textContent.startsWith("Reconnection by cause"),
    WAIT,
  );
  assert.match(tab.url(), /\/docs\/guides\/reconnection\.html/);

  // As on a phone: nothing is wider than the window.
  await tab.setViewport({ width: 360, height: 740 });
  await tab.goto(`${url}/docs/figures.html`);
  await tab.waitForSelector(".vp-doc table", WAIT);
  const excess = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(excess <= 0, `the page is ${excess} px wider than a phone`);

  await tab.setViewport({ width: 1280, height: 800 });
  await tab.goto(`${url}/docs/`);
  const [back] = await tab.$$eval(".VPHero a", (links) =>
    links.map(({ href }) => href).filter((href) => !href.includes("/docs/")),
  );
  assert.equal(back, `${url}/`);
  assert.deepEqual(foreign, []);
  guard.check();
}

const hasPlace = (text, anchor) =>
  text?.includes(`id="${anchor.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`);
