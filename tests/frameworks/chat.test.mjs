// The chat of each guide, as it stands there: rendered on a server, taken over by the page, and used by two people.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Windows } from "../apps/app.mjs";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { startServer } from "../e2e/harness/server.mjs";
import { FRAMEWORKS, makePlace } from "./bundle.mjs";

const BURST = 300;
const LIMIT = { timeout: 60_000 };

const names = (process.env.FRAMEWORKS ?? Object.keys(FRAMEWORKS).join(",")).split(",");

describe("the chats of the guides", { concurrency: true }, () => {
  let ready;
  const place = () => {
    ready ??= prepare();
    return ready;
  };
  after(async () => (await ready)?.place.remove(), LIMIT);

  it("are rendered on a server, where nothing is dialled", LIMIT, async () => {
    const { rendered } = await place();
    for (const name of names) assert.match(rendered[name], /id="state">idle</, name);
  });

  for (const browserName of browserNames) {
    describe(browserName, { concurrency: 1 }, () => {
      let windows;
      let browser;
      before(async () => {
        browser = await launch(browserName);
        windows = new Windows(browser);
      }, LIMIT);
      after(() => browser?.close(), LIMIT);

      for (const name of names) {
        const test = (title, work) =>
          it(`${title}: ${name}`, LIMIT, async () =>
            inWorld(windows, (await place()).place.site, name, work),
          );
        chat(test);
      }
    });
  }
});

async function prepare() {
  const place = await makePlace();
  const rendered = {};
  for (const name of names) rendered[name] = await place.chat(name);
  return { place, rendered };
}

/** Gives a test a server of its own and `open`; afterwards no page may have gone wrong. */
async function inWorld(windows, root, name, work) {
  const server = await startServer({ root });
  const opened = [];
  const open = async (options) => {
    const page = await windows.open(server, name, options);
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
  test("two pages talk, each over one connection", async ({ server, open }) => {
    const ann = await open({ name: "Ann" });
    const ben = await open({ name: "Ben" });
    await Promise.all([ann.state("open"), ben.state("open")]);
    await ann.type("hello, Ben");
    await ben.hears("Ann: hello, Ben");
    await ben.type("hello, Ann");
    await ann.hears("Ben: hello, Ann");
    for (const page of [ann, ben]) {
      assert.deepEqual(await page.lines(), ["Ann: hello, Ben", "Ben: hello, Ann"]);
      assert.equal(await page.run(() => document.querySelector("#text").value), "");
    }
    for (const client of ["Ann", "Ben"])
      assert.equal((await server.connections(client)).attempts, 1);
  });

  test("a killed connection comes back, and what is said meanwhile arrives once and in order", async ({
    server,
    open,
  }) => {
    const ann = await open({ name: "Ann" });
    const ben = await open({ name: "Ben" });
    await Promise.all([ann.state("open"), ben.state("open")]);
    await ben.type("before");
    await ann.hears("Ben: before");
    await server.control({ action: "refuse", ms: 60_000 });
    assert.equal(await server.control({ action: "kill", client: "Ann" }), 1);
    await ann.state("waiting");
    await ben.type("meanwhile");
    await ben.hears("Ben: meanwhile");
    await ann.type("one");
    await ann.type("two");
    assert.deepEqual(await ann.lines(), ["Ben: before"]);

    await server.control({ action: "refuse", ms: 0 });
    await ann.run(() => void dispatchEvent(new Event("online"))); // it dials now, not seconds later
    const lines = ["Ben: before", "Ben: meanwhile", "Ann: one", "Ann: two"];
    for (const page of [ann, ben]) {
      await page.hears("Ann: two");
      assert.deepEqual(await page.lines(), lines);
    }
    await ann.state("open");
    assert.equal((await server.connections("Ann")).total, 2);
  });

  test("of a burst every line is shown, in order", async ({ server, open }) => {
    const ann = await open({ name: "Ann" });
    await ann.state("open");
    await ann.type("go");
    await ann.hears("Ann: go");
    assert.equal(await server.control({ action: "stall", client: "Ann" }), 1);
    const said = await ann.run(
      (url, count) =>
        new Promise((resolve) => {
          const socket = new WebSocket(url);
          const send = (message) => socket.send(JSON.stringify(message));
          socket.onopen = () => {
            send({ type: "join", name: "Ben" });
            for (let i = 1; i <= count; i += 1) send({ type: "say", text: `line ${i}` });
          };
          socket.onmessage = ({ data }) => {
            if (JSON.parse(data).text !== `line ${count}`) return;
            socket.close();
            resolve(count);
          };
        }),
      server.ws("/ws/chat/test", { client: "Ben" }),
      BURST,
    );
    assert.deepEqual(await ann.lines(), ["Ann: go"]);
    await server.control({ action: "stall", client: "Ann", ms: 0 });
    await ann.hears(`Ben: line ${said}`);
    const lines = Array.from({ length: said }, (_, i) => `Ben: line ${i + 1}`);
    assert.deepEqual(await ann.lines(), ["Ann: go", ...lines]);
    assert.equal((await server.connections("Ann")).attempts, 1);
  });

  test("a chat that is taken away leaves no connection, and comes back with a new one", async ({
    server,
    open,
  }) => {
    const ann = await open({ name: "Ann" });
    await ann.state("open");
    await ann.type("first");
    await ann.hears("Ann: first");
    await ann.press("#toggle");
    await ann.until(() => !document.querySelector("#say"));
    const { connections } = await server.wait({ client: "Ann", open: 0, closed: 1 });
    assert.equal(connections[0].how, "client-close");

    await ann.press("#toggle");
    await ann.hears("Ann: first");
    await ann.type("second");
    await ann.hears("Ann: second");
    assert.equal((await server.wait({ client: "Ann", open: 1 })).total, 2);

    // Away and back, before anything has opened; last of all, it stays away.
    await ann.run(async () => {
      for (let i = 0; i < 9; i += 1) {
        document.querySelector("#toggle").click();
        await new Promise((resolve) => requestAnimationFrame(() => resolve()));
      }
    });
    await ann.until(() => !document.querySelector("#say"));
    await server.wait({ client: "Ann", open: 0 });
  });
}
