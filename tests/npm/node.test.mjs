// The package in Node: importing it is harmless, and given a WebSocket class it works.
//
// Each consumer asserts by itself and says nothing. One that fails, prints (a warning, say) or does not end
// fails its test; ended is what a process is that nothing keeps alive.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { startServer } from "../e2e/harness/server.mjs";
import { makeConsumer } from "./consumer.mjs";
import { readEntries } from "./entries.mjs";

const LIMIT = { timeout: 40_000 };

/** What an entry looks at when it is imported: the class whose place it takes, whether there is a page, which timers are real. */
const READS = {
  "./websocket": ["WebSocket"],
  "./react": ["document"],
  "./testing": ["setTimeout", "MessageChannel"],
};

describe("a Node project", () => {
  let consumer;
  let server;
  let modules;
  let names;

  before(async () => {
    ({ modules } = await readEntries());
    names = modules.map(({ name }) => name);
    const packages = modules.map(({ peer }) => peer).filter(Boolean);
    // `ws` is what people use with Node 20, which has no WebSocket class; puppeteer-core does as well.
    consumer = await makeConsumer("node", { links: { ws: "puppeteer-core" }, packages });
    server = await startServer();
  }, LIMIT);
  after(async () => {
    await server?.stop();
    await consumer?.remove();
  }, LIMIT);

  const isSilent = async (...args) => assert.equal(await consumer.node(...args), "");

  it("imports any entry: nothing changes, nothing is used, nothing goes on", LIMIT, async () => {
    for (const { path, name, peer } of modules) {
      const reads = (READS[path] ?? []).flatMap((global) => ["--reads", global]);
      await isSilent("import.mjs", name, ...(peer ? ["--after", peer] : []), ...reads);
    }
  });

  it("requires: the same modules, and nothing that `exports` does not name", LIMIT, () =>
    isSilent("require.cjs", ...names),
  );

  it(
    "imports every entry where there is no page, no timer, no WebSocket, no WebAssembly",
    LIMIT,
    () =>
      isSilent(
        ...["--experimental-vm-modules", "--disable-warning=ExperimentalWarning"],
        ...["bare.mjs", ...names],
      ),
  );

  it("connects without a WebSocket class: an OptionError names the option", LIMIT, () =>
    isSilent("--no-experimental-websocket", "no-class.mjs"),
  );

  it("connects with the class of `ws`, comes back after a break, and ends", LIMIT, async () => {
    await isSilent("talk.mjs", server.ws("/ws/echo", { client: "ws" }), "ws");
    await wasWhole("ws");
  });

  it("connects by the slim entry, with bytes", LIMIT, async () => {
    const flags = ["--experimental-websocket", "--disable-warning=ExperimentalWarning"];
    await isSilent(...flags, "slim.mjs", server.ws("/ws/echo", { client: "slim" }));
    const { connections } = await server.wait({ client: "slim", closed: 1, open: 0 });
    assert.equal(connections[0].how, "client-close");
  });

  it("connects with Node's own class, comes back after a break, and ends", LIMIT, async () => {
    // The default from Node 22 on. In Node 20 it is there behind the flag, with a warning.
    const flags = ["--experimental-websocket", "--disable-warning=ExperimentalWarning"];
    await isSilent(...flags, "talk.mjs", server.ws("/ws/echo", { client: "own" }));
    await wasWhole("own");
  });

  it(
    "dials that fail are told as what they are, with `ws` and with Node's own class",
    LIMIT,
    async () => {
      const faults = ["refuse", "http", "silent"].map((fault) => server.ws("/ws/echo", { fault }));
      await isSilent("refused.mjs", ...faults, "ws");
      const flags = ["--experimental-websocket", "--disable-warning=ExperimentalWarning"];
      await isSilent(...flags, "refused.mjs", ...faults);
    },
  );

  async function wasWhole(client) {
    const { connections } = await server.wait({ client, closed: 2, open: 0 });
    assert.deepEqual(
      connections.map(({ how }) => how),
      ["server", "client-close"],
    );
  }
});
