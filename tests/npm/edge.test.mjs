// The package at the edge: in workerd, which Cloudflare Workers run on.
import assert from "node:assert/strict";
import { createInterface } from "node:readline";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import { end, start } from "../../scripts/lib/run.mjs";
import { startServer } from "../e2e/harness/server.mjs";
import { within } from "../e2e/harness/time.mjs";
import { runtime } from "./builders.mjs";
import { makeConsumer } from "./consumer.mjs";

const LIMIT = { timeout: 40_000 };
const WORKERD = runtime("@cloudflare/workerd-linux-64", "bin", "workerd");
const SKIP = WORKERD ? false : "builders/ has no binary of workerd for this machine";

describe("an edge runtime", { skip: SKIP }, () => {
  let consumer;
  let server;
  let workerd;

  before(async () => {
    consumer = await makeConsumer("edge");
    const { warnings } = await build({
      absWorkingDir: consumer.folder,
      entryPoints: ["slim.js", "whole.js"],
      outdir: "dist",
      bundle: true,
      format: "esm",
      // As the tools of edge runtimes do it: the file goes along, and the runtime compiles it.
      loader: { ".wasm": "copy" },
      assetNames: "[name]",
      logLevel: "silent",
    });
    assert.deepEqual(warnings, []);
    server = await startServer();
    workerd = await startWorkerd(consumer.folder, ["slim", "whole"]);
  }, LIMIT);
  after(async () => {
    await workerd?.stop();
    await server?.stop();
    await consumer?.remove();
  }, LIMIT);

  const ask = async (worker, query = {}) => {
    const address = `${workerd.urls[worker]}/?${new URLSearchParams(query)}`;
    const response = await fetch(address, { signal: AbortSignal.timeout(15_000) });
    const text = await response.text();
    assert.equal(response.status, 200, text);
    return text;
  };

  it("connects by the slim entry, with a module that was imported, and ends", LIMIT, async () => {
    const said = await ask("slim", { server: server.ws("/ws/echo", { client: "edge" }) });
    assert.equal(said, "hello from the edge");
    const { connections } = await server.wait({ client: "edge", closed: 1, open: 0 });
    assert.deepEqual(
      connections.map(({ how }) => how),
      ["client-close"],
    );
  });

  it(
    "imports the other entries, and says that the engine has to come by the slim one",
    LIMIT,
    async () => {
      const { imported, known, text } = JSON.parse(await ask("whole"));
      assert.deepEqual([imported, known], [true, true]);
      assert.match(text, /at the edge use tautline\/slim$/);
    },
  );
});

/** Resolves once every one of the sockets `names` listens, on a port that was free. */
async function startWorkerd(folder, names) {
  const args = ["serve", "config.capnp", "--control-fd=3"];
  const stdio = ["ignore", "pipe", "pipe", "pipe"];
  const child = start(WORKERD, args, { cwd: folder, stdio });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const said = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on("line", (line) => said.push(line));
  const urls = {};
  const listening = new Promise((resolve, reject) => {
    createInterface({ input: child.stdio[3] }).on("line", (line) => {
      const { event, socket, port } = JSON.parse(line);
      if (event === "listen") urls[socket] = `http://127.0.0.1:${port}`;
      if (names.every((name) => urls[name])) resolve();
    });
    ended.then((code) => reject(new Error(`workerd ended with ${code}:\n${said.join("\n")}`)));
  });
  const stop = async () => {
    end(child);
    await within(10_000, "workerd to end", ended);
  };
  try {
    await within(15_000, "workerd to listen", listening);
    return { urls, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
