// The other examples of the guides, together on a page of each framework.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { openPage } from "../e2e/harness/page.mjs";
import { pages } from "../e2e/harness/paths.mjs";
import { startServer } from "../e2e/harness/server.mjs";
import { within } from "../e2e/harness/time.mjs";
import { makePlace } from "./bundle.mjs";

const LIMIT = { timeout: 60_000 };

const GUIDES = { "react-19": react, "vue-3.5": vue, "svelte-5": svelte };

describe("the examples of the guides", { concurrency: true }, () => {
  let making;
  const place = () => {
    making ??= makePages();
    return making;
  };
  after(async () => (await making)?.remove(), LIMIT);

  for (const browserName of browserNames) {
    describe(browserName, { concurrency: 1 }, () => {
      let browser;
      before(async () => {
        browser = await launch(browserName);
      }, LIMIT);
      after(() => browser?.close(), LIMIT);

      for (const [name, work] of Object.entries(GUIDES))
        it(`do what they say: ${name}`, LIMIT, async () => {
          const server = await startServer({
            root: (await place()).site,
            mounts: { "/kit": pages },
          });
          try {
            const page = await openPage(browser, server.url, { path: `/${name}/index.html` });
            await work(page, server);
            await page.check();
            await page.close();
          } finally {
            await server.stop();
          }
        });
    });
  }
});

async function makePages() {
  const place = await makePlace();
  for (const name of Object.keys(GUIDES)) await place.examples(name);
  return place;
}

const shows = (page, selector, text) =>
  page.until(
    (selector, text) => document.querySelector(selector)?.textContent === text,
    selector,
    text,
  );
const press = (page, selector) =>
  page.run((selector) => document.querySelector(selector).click(), selector);
const say = (server, client, data) => server.control({ action: "send", client, data });

async function react(page, server) {
  await shows(page, "#price b", "NaN");
  await server.wait({ client: "prices", open: 1 });
  for (const [symbol, price] of [
    ["A", 1],
    ["B", 2],
    ["C", 3],
  ])
    assert.equal(await say(server, "prices", { symbol, price }), 1);
  await shows(page, "#price b", "2.00");

  await shows(page, "#status output", "open");
  await shows(page, "#outside", "open");
  await server.wait({ client: "live", open: 3 });
  assert.equal(await say(server, "live", { type: "said", text: "hi" }), 3);
  await shows(page, "#log button", "clear 1 lines");
  await press(page, "#log button");
  await shows(page, "#log button", "clear 0 lines");
  await server.control({ action: "close", client: "live", code: 4400, reason: "enough" });
  await shows(page, "#status button", "connect again");
  await press(page, "#status button");
  await shows(page, "#status output", "open");

  await shows(page, "#room output", "idle");
  await press(page, "#room button");
  await shows(page, "#room output", "open");
  assert.equal((await server.connections("rooms-7")).open, 1);
}

async function vue(page, server) {
  await shows(page, "#live", "open");
  await server.wait({ client: "prices", open: 1 });
  await say(server, "prices", { symbol: "A", price: 5 });
  await say(server, "prices", { symbol: "B", price: 2_000 });
  await shows(page, "#prices", '[["B"],{"A":5,"B":2000}]');
  await shows(page, "#room output", "idle");
  await press(page, "#room button");
  await shows(page, "#room output", "open");
  assert.equal((await server.connections("rooms-7")).open, 1);
}

async function svelte(page, server) {
  const logged = [];
  const isLogged = new Promise((resolve) => {
    page.tab.on("console", (message) => resolve(logged.push(message.text())));
  });
  await server.wait({ client: "ticker", open: 1 });
  await say(server, "ticker", { symbol: "LINE", price: 5 });
  await say(server, "ticker", { symbol: "TAUT", price: 6 });
  await shows(page, "#prices", '{"LINE":5,"TAUT":6}');
  await within(20_000, "the page to log", isLogged); // its words may come after what it shows
  assert.deepEqual(logged, ["6"]);
  assert.equal((await server.connections("ticker")).attempts, 1);
  await shows(page, "#room output", "open");
  await press(page, "#room button");
  await server.wait({ client: "rooms-6", open: 0, closed: 1 });
  await server.wait({ client: "rooms-7", open: 1 });
  await shows(page, "#room output", "open");
}
