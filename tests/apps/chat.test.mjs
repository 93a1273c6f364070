// The example chats in Yew, Leptos and Dioxus: the same tests for each of them, in each browser.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { appNames, appsFolder } from "../../scripts/lib/apps.mjs";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { startServer } from "../e2e/harness/server.mjs";
import { Windows } from "./app.mjs";

const BURST = 200;
const HEARTBEAT = 300;

const apps = (process.env.APPS ?? appNames.join(",")).split(",");

describe("the example chats", { concurrency: true }, () => {
  for (const name of browserNames) {
    describe(`the example chats (${name})`, { concurrency: apps.length }, () => {
      let browser;
      let windows;
      before(
        async () => {
          browser = await launch(name);
          windows = new Windows(browser);
        },
        { timeout: 120_000 },
      );
      after(() => browser?.close(), { timeout: 30_000 });

      for (const app of apps) {
        describe(`in ${app} (${name})`, { concurrency: 1 }, () => {
          chat((title, work) => it(title, { timeout: 90_000 }, () => inWorld(windows, app, work)));
        });
      }
    });
  }
});

/** Gives a test a server of its own and `open`; afterwards no page may have gone wrong. */
async function inWorld(windows, app, work) {
  const server = await startServer({ root: appsFolder });
  const opened = [];
  const open = async (options) => {
    const page = await windows.open(server, app, options);
    opened.push(page);
    return page;
  };
  try {
    await work({ server, open });
    for (const page of opened) await page.check();
    for (const page of opened) await windows.release(page);
  } catch (error) {
    for (const page of opened) error.message += `\n${await page.explain().catch(String)}`;
    await Promise.all(opened.map((page) => page.close()));
    throw error;
  } finally {
    await server.stop();
  }
}

function chat(test) {
  test("two pages connect and talk to each other", async ({ server, open }) => {
    const ann = await open({ name: "Ann" });
    const ben = await open({ name: "Ben" });
    await Promise.all([ann.state("open"), ben.state("open")]);
    await ann.until(() => document.querySelector(".members").textContent.includes("Ann, Ben"));

    await ann.type("hello, Ben");
    await ben.hears("Ann: hello, Ben");
    await ben.tab.type("#text", "hello, Ann");
    await ben.press("#send");
    await ann.hears("Ben: hello, Ann");

    for (const page of [ann, ben]) {
      assert.deepEqual(await page.lines(), ["Ann: hello, Ben", "Ben: hello, Ann"]);
      assert.equal(await page.run(() => document.querySelector("#last").textContent), "hello, Ann");
      assert.equal(await page.run(() => document.querySelector("#text").value), "");
    }
    assert.equal((await server.connections("Ann")).total, 1);
  });

  test("a killed connection comes back, and nothing is lost or doubled", async ({
    server,
    open,
  }) => {
    const ann = await open({ name: "Ann" });
    const ben = await open({ name: "Ben" });
    await Promise.all([ann.state("open"), ben.state("open")]);
    await ann.say("before");
    await ben.hears("Ann: before");

    const shown = (await ann.states()).length;
    // Away for a moment, because a first retry may come too soon for the wait to be drawn.
    await server.control({ action: "refuse", ms: 400 });
    const said = ann.say("right before");
    assert.equal(await server.control({ action: "kill", client: "Ann" }), 1);
    await said;
    await ann.say("right after");
    await ann.went(["waiting", "open"], shown);
    await ben.say("welcome back");
    await Promise.all([ann.hears("Ben: welcome back"), ben.hears("Ann: right after")]);
    await ann.hears("Ann: right after");

    for (const page of [ann, ben]) {
      const lines = await page.lines();
      for (const line of ["Ann: before", "Ann: right before", "Ann: right after"])
        assert.equal(lines.filter((it) => it === line).length, 1, `${line} in ${lines}`);
      assert.equal(lines.length, 4);
    }
    assert.equal((await server.connections("Ben")).total, 1);
  });

  test("what is said while the server is away waits, and is said once and in order", async ({
    server,
    open,
  }) => {
    const ann = await open({ name: "Ann" });
    const ben = await open({ name: "Ben" });
    await Promise.all([ann.state("open"), ben.state("open")]);
    await server.control({ action: "refuse", ms: 60_000 });
    await server.control({ action: "kill", client: "Ann" });
    await ann.state("waiting");
    await ann.say("one", "two");
    await ben.say("meanwhile");
    await ben.hears("Ben: meanwhile");
    await ann.say("three");
    assert.deepEqual(await ann.lines(), []);

    await server.control({ action: "refuse", ms: 0 });
    await ann.run(() => void dispatchEvent(new Event("online"))); // now: the waits may have grown
    const lines = ["Ben: meanwhile", "Ann: one", "Ann: two", "Ann: three"];
    for (const page of [ann, ben]) {
      await page.hears("Ann: three");
      assert.deepEqual(await page.lines(), lines);
    }
  });

  test("a stalled connection is noticed by its silence, and replaced", async ({ server, open }) => {
    const ann = await open({ name: "Ann", heartbeat: HEARTBEAT });
    await ann.state("open");
    await ann.until(() => /^\d+ ms$/.test(document.querySelector("#latency").textContent));

    assert.equal(await server.control({ action: "stall", client: "Ann" }), 1);
    await ann.say("into the void");
    await server.wait({ client: "Ann", total: 2 }); // the browser lets go of the old one later
    await ann.hears("Ann: into the void");
    await ann.say("and on");
    await ann.hears("Ann: and on");
    assert.deepEqual(await ann.lines(), ["Ann: into the void", "Ann: and on"]);
    await ann.state("open");
    assert.equal((await server.connections("Ann")).total, 2);
  });

  test("of a burst every line is shown, in order", async ({ server, open }) => {
    const ann = await open({ name: "Ann" });
    const ben = await open({ name: "Ben" });
    await Promise.all([ann.state("open"), ben.state("open")]);
    assert.equal(await server.control({ action: "stall", client: "Ann" }), 1);
    const texts = Array.from({ length: BURST }, (_, i) => `line ${i}`);
    await ben.say(...texts);
    await ben.hears(`Ben: ${texts.at(-1)}`);
    assert.deepEqual(await ann.lines(), []);

    await server.control({ action: "stall", client: "Ann", ms: 0 });
    for (const page of [ann, ben]) {
      await page.hears(`Ben: ${texts.at(-1)}`);
      assert.deepEqual(
        await page.lines(),
        texts.map((text) => `Ben: ${text}`),
      );
    }
    assert.equal((await server.connections("Ann")).total, 1);
  });

  test("a chat that is taken away leaves no connection, and comes back with a new one", async ({
    server,
    open,
  }) => {
    const ann = await open({ name: "Ann" });
    await ann.state("open");
    await ann.say("first");
    await ann.hears("Ann: first");

    await ann.press("#toggle");
    await ann.until(() => !document.querySelector("#chat"));
    const { connections } = await server.wait({ client: "Ann", open: 0, closed: 1 });
    assert.equal(connections[0].how, "client-close");

    await ann.press("#toggle");
    await ann.state("open");
    await ann.hears("Ann: first");
    await ann.say("second");
    await ann.hears("Ann: second");
    const { total } = await server.wait({ client: "Ann", open: 1 });
    assert.equal(total, 2);

    // Away and back within a task, before anything has opened; last of all, it stays away.
    await ann.run(async () => {
      const press = () => document.querySelector("#toggle").click();
      const drawn = () => new Promise((resolve) => requestAnimationFrame(() => resolve()));
      for (let i = 0; i < 9; i += 1) {
        press();
        await drawn();
      }
    });
    await ann.until(() => !document.querySelector("#chat"));
    await server.wait({ client: "Ann", open: 0 });
  });

  test("it fits a small screen", async ({ open }) => {
    const size = { width: 360, height: 640 };
    const ann = await open({ name: "Ann", size });
    await ann.state("open");
    await ann.say("w".repeat(300), "short");
    await ann.hears("Ann: short");
    const [width, ...bottoms] = await ann.run(() => [
      document.documentElement.scrollWidth,
      ...["#send", "#text", "#log li:last-child"].map(
        (it) => document.querySelector(it).getBoundingClientRect().bottom,
      ),
    ]);
    assert.ok(width <= size.width, `${width} px wide`);
    for (const bottom of bottoms) assert.ok(bottom <= size.height, `reaches to ${bottom}`);
  });
}
