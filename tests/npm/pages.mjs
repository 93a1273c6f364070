// Opens what consumers have built, in the browsers.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { Guard } from "../e2e/harness/guard.mjs";
import { within } from "../e2e/harness/time.mjs";

/** Runs `define(name, browser)` for each browser, side by side; `browser()` is there once a test runs. */
export function inBrowsers(define) {
  describe("in the browsers", { concurrency: true }, () => {
    for (const name of browserNames) {
      describe(name, () => {
        let browser;
        before(
          async () => {
            browser = await launch(name);
          },
          { timeout: 60_000 },
        );
        after(() => browser?.close(), { timeout: 30_000 });
        define(name, () => browser);
      });
    }
  });
}

/**
 * Opens `address` and waits until every <output> there shows something: `expected`, with no warning or stray error, each said
 * over a connection of its own to `server`.
 */
export async function talks(browser, address, { server, client, expected }) {
  const query = { server: server.ws("/ws/echo", { client }) };
  const check = async () => {
    const { open, total } = await server.connections(client);
    assert.deepEqual([open, total], [expected.length, expected.length]);
  };
  await shows(browser, address, { query, expected, check });
}

/**
 * Opens `address` with `query` and waits until every <output> there shows something: `expected`, with no stray error but those
 * it `allow`s. `check` looks at the rest while the page is open.
 */
export async function shows(browser, address, { query = {}, expected, allow = [], check }) {
  const tab = await browser.newTab();
  const guard = new Guard();
  for (const pattern of allow) guard.allow(pattern);
  guard.watch(tab);
  try {
    const url = new URL(address);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    await within(20_000, "the page to load", tab.goto(url.href, { waitUntil: "load" }));
    const all = () => {
      const said = Array.from(document.querySelectorAll("output"), (it) => it.textContent);
      return said.length > 0 && said.every(Boolean) && said;
    };
    const shown = await tab.waitForFunction(all, { polling: "mutation", timeout: 15_000 });
    assert.deepEqual(await shown.jsonValue(), expected);
    await check?.();
    guard.check();
  } catch (error) {
    const said = await tab.$$eval("output", (all) => all.map((it) => it.textContent)).catch(String);
    error.message += `\nthe page shows: ${JSON.stringify(said)}`;
    error.message += `\nstray errors:\n  ${guard.strays().join("\n  ")}`;
    throw error;
  } finally {
    await tab.close();
  }
}
