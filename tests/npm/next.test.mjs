// A Next.js project without configuration, as `next build` leaves it and `next start` serves it.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { end, start } from "../../scripts/lib/run.mjs";
import { startServer } from "../e2e/harness/server.mjs";
import { within } from "../e2e/harness/time.mjs";
import { install } from "./builders.mjs";
import { makeConsumer } from "./consumer.mjs";
import { inBrowsers, talks } from "./pages.mjs";

const LIMIT = { timeout: 60_000 };
const BUILD_LIMIT = { timeout: 180_000 };
/** The project's own: another one would bring another React. */
const NEXT = "node_modules/next/dist/bin/next";
const SAID = ["hello from a client component", "hello from a hook", "hello from the slim entry"];

describe("a Next.js project without configuration", () => {
  let consumer;
  let server;
  let printed;
  let site;

  before(async () => {
    consumer = await makeConsumer("next");
    await install(["next", "react", "react-dom"], consumer.folder);
    printed = await consumer.run(process.execPath, [NEXT, "build"], { limit: 150_000 });
    server = await startServer();
    site = await startNext(consumer);
  }, BUILD_LIMIT);
  after(async () => {
    await site?.stop();
    await server?.stop();
    await consumer?.remove();
  }, LIMIT);

  it("builds without a warning", () => assert.doesNotMatch(printed, /warn/i));

  it("renders on the server, where nothing is dialled", LIMIT, async () => {
    const url = new URL(site.url);
    url.searchParams.set("server", server.ws("/ws/echo", { client: "rendered" }));
    const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
    const text = (await response.text()).replaceAll("<!-- -->", "");
    assert.equal(response.status, 200, text);
    assert.match(text, /<p id="import">connect is a function<\/p>/);
    assert.match(text, /<p id="state">the socket is idle<\/p>/);
    assert.equal(text.match(/<output><\/output>/g).length, SAID.length);
    assert.equal((await server.connections("rendered")).total, 0);
  });

  inBrowsers((name, browser) => {
    it("is hydrated, and talks from a component, a hook and the slim entry", LIMIT, () =>
      talks(browser(), site.url, { server, client: `${name}-next`, expected: SAID }),
    );
  });
});

/** `next start` on a port that is free, which it prints. */
async function startNext(consumer) {
  const args = [NEXT, "start", "--hostname", "127.0.0.1", "--port", "0"];
  const child = start(process.execPath, args, {
    cwd: consumer.folder,
    env: consumer.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const said = [];
  const url = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on("line", (line) => {
        said.push(line);
        const address = /Local: +(http:\S+)/.exec(line)?.[1];
        if (address) resolve(address);
      });
    ended.then((code) => reject(new Error(`next ended with ${code}:\n${said.join("\n")}`)));
  });
  const stop = async () => {
    end(child);
    await within(10_000, "next to end", ended);
  };
  try {
    return { url: await within(30_000, "next to start", url), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
