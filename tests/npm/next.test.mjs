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

  it("serves what was rendered on the server, where importing is harmless", LIMIT, async () => {
    const response = await fetch(site.url, { signal: AbortSignal.timeout(20_000) });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.match(text.replaceAll("<!-- -->", ""), /<p id="server">connect is a function<\/p>/);
    assert.match(text, /<output><\/output>/);
    assert.equal((await server.connections()).total, 0);
  });

  inBrowsers((browserName, browser) => {
    it("is hydrated, and talks from a client component", LIMIT, () =>
      talks(browser(), site.url, {
        server,
        client: `${browserName}-next`,
        expected: ["hello from a client component"],
      }),
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
