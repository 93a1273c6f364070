// The package in the runtimes that have a WebSocket class of their own: it works as it is, against a real server.
//
// Each consumer asserts by itself and says nothing. One that fails, prints (a warning, say) or does not end fails its test.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startServer } from "../e2e/harness/server.mjs";
import { runtime } from "./builders.mjs";
import { makeConsumer } from "./consumer.mjs";
import { readEntries } from "./entries.mjs";

const LIMIT = { timeout: 40_000 };

// What Deno must be allowed: the network of this machine, the project's files, and what the frameworks look up.
const DENO = ["run", "--no-remote", "--allow-net=127.0.0.1", "--allow-read", "--allow-env"];
/** `source`: whether it has source phase imports of WebAssembly. */
const RUNTIMES = {
  "Node 22": { path: runtime("node-22", "bin", "node"), args: [] },
  "Node 24": { path: runtime("node-24", "bin", "node"), args: [], source: true },
  Bun: { path: runtime("@oven/bun-linux-x64", "bin", "bun"), args: ["--no-install"] },
  Deno: { path: runtime("@deno/linux-x64-glibc", "deno"), args: DENO, source: true },
};

describe("runtimes with a WebSocket class", () => {
  let consumer;
  let server;
  let modules;
  let peers;

  before(async () => {
    ({ modules } = await readEntries());
    peers = modules.map(({ peer }) => peer).filter(Boolean);
    consumer = await makeConsumer("node", { links: { ws: "puppeteer-core" }, packages: peers });
    server = await startServer();
  }, LIMIT);
  after(async () => {
    await server?.stop();
    await consumer?.remove();
  }, LIMIT);

  for (const [name, { path, args, source }] of Object.entries(RUNTIMES)) {
    describe(name, {
      skip: path ? false : "builders/ has no binary of it for this machine",
    }, () => {
      const isSilent = async (...rest) =>
        assert.equal(await consumer.run(path, [...args, ...rest]), "");
      const at = (kind) => server.ws("/ws/echo", { client: `${name}-${kind}` });
      const saw = async (kind, ...how) => {
        const client = `${name}-${kind}`;
        const { connections } = await server.wait({ client, closed: how.length, open: 0 });
        assert.deepEqual(
          connections.map((it) => it.how),
          how,
        );
      };

      it("imports every entry, which defines no global", LIMIT, () =>
        isSilent("everywhere.mjs", ...modules.map((it) => it.name), "--after", ...peers),
      );

      it("connects, comes back after a break, and ends", LIMIT, async () => {
        await isSilent("talk.mjs", at("talk"));
        await saw("talk", "server", "client-close");
      });

      it("tells dials that fail as what they are", LIMIT, () => {
        const faults = ["refuse", "http", "silent"];
        return isSilent("refused.mjs", ...faults.map((fault) => server.ws("/ws/echo", { fault })));
      });

      it("takes the drop-in class in the place of its own", LIMIT, async () => {
        await isSilent("class.mjs", at("class"));
        await saw("class", "client-close");
      });

      it("connects by the slim entry, with bytes", LIMIT, async () => {
        await isSilent("slim.mjs", at("slim"));
        await saw("slim", "client-close");
      });

      if (source)
        it("connects by the slim entry, with a module that was imported", LIMIT, async () => {
          await isSilent("source.mjs", at("source"));
          await saw("source", "client-close");
        });
    });
  }
});
