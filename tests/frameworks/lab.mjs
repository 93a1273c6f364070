// One page for each version in each browser, in which the tests of a file follow each other.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { openPage } from "../e2e/harness/page.mjs";
import { pages } from "../e2e/harness/paths.mjs";
import { startServer } from "../e2e/harness/server.mjs";
import { makePlace } from "./bundle.mjs";

const LIMIT = { timeout: 60_000 };

/**
 * Runs `define(test, version)` for each version in each browser. test(title, async ({ page, server, client, url }) => …):
 * `url` is an echo under the label `client`, which no other test has. Afterwards nothing may be left on the page, no
 * connection on the server, and nothing may have gone wrong.
 */
export function laboratory(title, versions, define) {
  describe(title, { concurrency: true }, () => {
    let making;
    const place = () => {
      making ??= makeLabs(versions);
      return making;
    };
    after(async () => (await making)?.remove(), LIMIT);

    for (const name of browserNames) {
      describe(name, { concurrency: 1 }, () => {
        let browser;
        before(async () => {
          browser = await launch(name);
        }, LIMIT);
        after(() => browser?.close(), LIMIT);

        for (const version of versions) {
          describe(`${version} in ${name}`, { concurrency: 1 }, () => {
            let server;
            let page;
            before(async () => {
              const root = (await place()).site;
              server = await startServer({ root, mounts: { "/kit": pages } });
              page = await openPage(browser, server.url, { path: `/${version}/index.html` });
            }, LIMIT);
            after(() => server?.stop(), LIMIT);

            let count = 0;
            const test = (heading, work) =>
              it(heading, LIMIT, async () => {
                count += 1;
                const client = `test-${count}`;
                const url = server.ws("/ws/echo", { client });
                try {
                  await work({ page, server, client, url });
                } catch (error) {
                  const shown = await page.run(() => document.body.textContent).catch(String);
                  error.message += `\nthe page shows: ${shown}\n${page.guard.strays().join("\n")}`;
                  throw error;
                } finally {
                  await page.run(() => lab.unmount());
                }
                await server.wait({ client, open: 0 });
                await page.check();
              });
            define(test, version);
          });
        }
      });
    }
  });
}

async function makeLabs(versions) {
  const place = await makePlace();
  for (const version of versions) await place.lab(version);
  return place;
}

/** Waits until the page shows `text` in the element `id`. */
export function shows(page, id, text) {
  return page.until(
    (id, text) => document.getElementById(id)?.textContent === text,
    id,
    String(text),
  );
}

/** What was dialled before is served before this: by then the server has seen it. */
export async function dialled(page, server, client) {
  const url = server.ws("/ws/echo", { client: `${client}-barrier` });
  await page.run(async (url) => {
    const socket = lab.tautline.connect(url);
    await socket.opened();
    await socket.close();
  }, url);
  return (await server.connections(client)).attempts;
}

export { assert };
