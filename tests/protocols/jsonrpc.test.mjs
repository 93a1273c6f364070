// tautline/jsonrpc against servers that others have written.
import assert from "node:assert/strict";
import { suite } from "../e2e/harness/suite.mjs";
import { Jsonrpsee, NodePeer } from "./peers.mjs";

/** In the page: a client as `rpc`. */
async function connect(url, { withLogin = false, interval = 5_000 } = {}) {
  const { connectJsonRpc, JsonRpcError } = await import("/pkg/jsonrpc/index.js");
  const rpc = connectJsonRpc(url, {
    backoff: { initial: 50, max: 200 },
    heartbeat: { method: "rpc.ping", interval },
    ...(withLogin && {
      auth: {
        call: () => ({ method: "login", params: { token: "good" } }),
        expiresIn: ({ expires }) => expires,
      },
    }),
  });
  Object.assign(globalThis, { rpc, JsonRpcError });
  await rpc.socket.opened({ timeout: 20_000 });
}

suite("JSON-RPC", ({ test }) => {
  const withPeer = (title, Peer, work) =>
    test(title, async (world) => {
      const peer = await Peer.start();
      try {
        await work({ ...world, page: world.page, peer });
      } finally {
        await peer.kill();
      }
    });

  withPeer(
    "jsonrpsee: calls, errors, notifications, batches",
    Jsonrpsee,
    async ({ page, peer }) => {
      await page.run(connect, peer.url);
      const seen = await page.run(async () => {
        const sum = await rpc.call("add", [1, 2]);
        const caught = (promise) => promise.catch(({ code, data }) => ({ code, data }));
        const errors = await Promise.all([
          caught(rpc.call("refuse")),
          caught(rpc.call("unknown")),
          caught(rpc.call("add", ["a", "b"])),
        ]);
        rpc.notify("add", [1, 2]);
        const batch = rpc.batch();
        const [a, b] = [batch.call("add", [3, 4]), batch.call("refuse")];
        await batch.send();
        const late = await caught(rpc.call("never", [], { timeout: 50 }));
        return { sum, errors, batch: [await a, await caught(b)], late: late.code };
      });
      const refused = { code: 1001, data: [5, 6] };
      assert.equal(seen.sum, 3);
      assert.deepEqual(seen.errors[0], refused);
      assert.deepEqual(
        seen.errors.slice(1).map(({ code }) => code),
        [-32601, -32602],
      );
      assert.deepEqual(seen.batch, [7, refused]);
      assert.equal(seen.late, "timeout");
    },
  );

  withPeer("jsonrpsee: heartbeats measure the round trip", Jsonrpsee, async ({ page, peer }) => {
    await page.run(connect, peer.url, { interval: 200 });
    const latency = await page.run(
      () =>
        new Promise((resolve) =>
          rpc.socket.addEventListener("latency", (event) => resolve(event.latency), { once: true }),
        ),
    );
    assert.ok(latency >= 0);
  });

  withPeer(
    "jsonrpsee: subscriptions go on through a kill and a restart, and end when they are left",
    Jsonrpsee,
    async ({ page, peer }) => {
      await page.run(connect, peer.url);
      await page.run(async () => {
        globalThis.ticks = [];
        globalThis.third = new Promise((resolve) => {
          globalThis.listener = (tick) => {
            ticks.push(tick);
            if (tick === 3) resolve();
          };
        });
        const since = () => [ticks.at(-1) ?? 0];
        const options = { unsubscribe: "unsubscribe_ticks", listener };
        globalThis.subscription = await rpc.subscribe("subscribe_ticks", since, options);
        await rpc.call("publish", [1]);
        await rpc.call("publish", [2]);
      });
      const reopened = page.run(
        () =>
          new Promise((resolve) => rpc.socket.addEventListener("open", resolve, { once: true })),
      );
      await peer.kill();
      await peer.restart();
      await reopened;
      const seen = await page.run(async () => {
        await rpc.call("publish", [2]); // it has that one
        await rpc.call("publish", [3]);
        await third;
        await subscription.unsubscribe();
        const told = await rpc.call("publish", [4]);
        return { ticks, told, ended: subscription.ended };
      });
      assert.deepEqual(seen, { ticks: [1, 2, 3], told: 0, ended: true });
    },
  );

  withPeer(
    "json-rpc-2.0 of Node: calls in both directions, and a login on each connection",
    NodePeer,
    async ({ page, peer }) => {
      const [first] = await Promise.all([
        peer.next(),
        page.run(connect, peer.url, { withLogin: true }),
      ]);
      await page.run(() => {
        globalThis.lines = [];
        rpc.handle("double", async ([n]) => n * 2);
        rpc.handle("refuse", () => {
          throw new JsonRpcError(7, "no", { why: "because" });
        });
        rpc.handle("told", ([line]) => lines.push(line));
      });
      assert.equal(await first.peer.request("double", [21]), 42);
      await assert.rejects(first.peer.request("refuse"), { code: 7, message: "no" });
      await assert.rejects(first.peer.request("unknown"), { code: -32601 });
      first.peer.notify("told", ["hello"]);
      const batched = await page.run(async () => {
        const batch = rpc.batch();
        const sum = batch.call("add", [1, 2]);
        batch.notify("log", ["line"]);
        await batch.send();
        return { sum: await sum, lines };
      });
      assert.deepEqual(batched, { sum: 3, lines: ["hello"] });
      assert.deepEqual(first.told, [["line"]]);
      const [second] = await Promise.all([
        peer.next(),
        page.run(
          () =>
            new Promise((resolve) => rpc.socket.addEventListener("open", resolve, { once: true })),
        ),
        peer.kill().then(() => peer.restart()),
      ]);
      assert.equal(await page.run(() => rpc.call("add", [3, 4])), 7);
      assert.equal(await second.peer.request("double", [4]), 8);
      await page.run(() => rpc.close());
    },
  );
});
