// One list of types in three places: a page in TypeScript, a page in Leptos, and the server between them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { inWorld } from "./world.mjs";

describe("pages that share their types", { concurrency: true }, () => {
  for (const name of browserNames) {
    describe(`pages that share their types (${name})`, { concurrency: 1 }, () => {
      let browser;
      before(
        async () => {
          browser = await launch(name);
        },
        { timeout: 120_000 },
      );
      after(() => browser?.close(), { timeout: 30_000 });
      const test = (title, work) => it(title, { timeout: 90_000 }, () => inWorld(browser, work));

      test("what one page does appears on the other and at the server", async ({
        server,
        open,
      }) => {
        const [typescript, leptos] = await opened(open);
        // On both: a page that draws its list anew would take away what is about to be pressed.
        const both = (...lines) =>
          Promise.all([typescript.lists(...lines), leptos.lists(...lines)]);
        await typescript.add("Buy rope");
        await both("Buy rope");
        await leptos.add("Tie it");
        await both("Buy rope", "Tie it");

        await leptos.press("#list li:first-child input");
        await both("x Buy rope", "Tie it");
        await typescript.press("#list li:last-child input");
        await both("x Buy rope", "x Tie it");
        await typescript.press("#list li:first-child button");
        await both("x Tie it");
        await typescript.press("#count");
        await typescript.shows("#counted", "0 to do, 1 done");

        const tie = { id: 2, title: "Tie it", done: true, by: null };
        assert.deepEqual(await server.items(), [tie]);
      });

      test("a frame of another type is reported, and the list goes on", async ({ open }) => {
        const pages = await opened(open);
        const [typescript, leptos] = pages;
        await typescript.add("Buy rope");
        for (const page of pages) {
          await page.lists("Buy rope");
          await page.receive('{"type":"saved","item":{"id":"seven"}}');
          await page.until(() => /^invalid: /.test(document.querySelector("#problem").textContent));
        }
        const why = await typescript.run(() => document.querySelector("#problem").textContent);
        assert.match(why, /string "seven", expected u64/);

        await leptos.add("Tie it");
        for (const page of pages) await page.lists("Buy rope", "Tie it");
      });

      test("what the server refuses, it says", async ({ server, open }) => {
        const [typescript, leptos] = await opened(open);
        for (const page of [typescript, leptos]) {
          await page.press("#add button");
          await page.shows("#problem", "an item needs a title");
        }
        await leptos.add("Buy rope");
        await typescript.lists("Buy rope");
        assert.equal((await server.items()).length, 1);
      });

      test("a restart of the server is survived", async ({ server, open }) => {
        const [typescript, leptos] = await opened(open);
        await typescript.add("Buy rope");
        await leptos.lists("Buy rope");

        await server.stop();
        for (const page of [typescript, leptos]) await page.shows("#state", "waiting");
        await typescript.add("Said in between");
        await server.start(new URL(server.url).port);
        for (const page of [typescript, leptos]) {
          // Now, and not when the next wait is over: it may have grown.
          await page.run(() => void dispatchEvent(new Event("online")));
          await page.shows("#state", "open");
          await page.lists("Buy rope", "Said in between");
        }
        await leptos.add("And after");
        await typescript.lists("Buy rope", "Said in between", "And after");
      });
    });
  }
});

/** Both pages, connected. */
async function opened(open) {
  const pages = [await open("/typescript/"), await open("/leptos/")];
  for (const page of pages) await page.shows("#state", "open");
  return pages;
}
