// The heartbeat in both directions. Its messages are the application's own, and never reach it.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

suite(
  "the heartbeat",
  ({ test }) => {
    test("we ping after silence: pongs are swallowed, latency is told, the link is kept", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "h" });
      await connectPinging(page, url);
      await page.until(() => kit.entries("latency", "a").length >= 3);
      const { latencies, stats, messages } = await page.run(() => ({
        latencies: kit.entries("latency", "a").map((it) => it.latency),
        stats: kit.plain(kit.sockets.a.stats()),
        messages: kit.messages("a"),
      }));
      assert.deepEqual(messages, []);
      for (const latency of latencies)
        assert.ok(latency >= 0 && latency < 5_000, `latency ${latency}`);
      assert.ok(stats.latency >= 0, `stats.latency ${stats.latency}`);
      const seen = await server.connections("h");
      assert.equal(seen.total, 1);
      assert.ok(seen.connections[0].received >= 3, "the server received no pings");
    });

    test("traffic counts as life: nothing is pinged while messages flow", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/flood", { client: "h", count: 0, size: 64, rate: 50 });
      // A busy page may read nothing for a while: the interval is far above that.
      await connectPinging(page, url, 2_000);
      await page.until(() => kit.messages("a").length >= 225); // more than two intervals of it
      assert.equal(await page.run(() => kit.entries("latency", "a").length), 0);
      assert.equal((await server.connections("h")).connections[0].received, 0);
    });

    test("a server that stops answering pings is let go, and comes back when it answers", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "h" });
      await connectPinging(page, url);
      await page.until(() => kit.entries("latency", "a").length >= 1);
      await server.control({ action: "drop-pongs", client: "h", on: true });
      await page.until(() => kit.entries("state", "a").some((it) => it.state.name === "waiting"));
      const [wait] = await page.run(() =>
        kit.entries("state", "a").filter((it) => it.state.name === "waiting"),
      );
      assert.equal(wait.cause.kind, "heartbeat");
      await server.control({ action: "drop-pongs", client: "h", on: false });
      await page.until(() => {
        const last = kit.entries("open", "a").at(-1);
        return (
          kit.entries("open", "a").length >= 2 &&
          kit.entries("latency", "a").some((it) => it.at > last.at)
        );
      });
      // The abandoned connection was closed towards the server too.
      await server.wait({ client: "h", closed: 1 });
    });

    test("the server pings, we answer: neither shows up as a message, and the server keeps us", async ({
      server,
      page,
    }) => {
      // The server waits for each pong until its next ping: a busy page must have the time.
      const url = server.ws("/ws/echo", { client: "h", heartbeat: 2_000 });
      await page.run((url) => {
        const heartbeat = {
          isPing: (m) => m.type === "ping",
          pong: (ping) => kit.note("answer") && { type: "pong", id: ping?.id },
          expectEvery: 2_000,
        };
        kit.connect("a", url, { heartbeat });
      }, url);
      await page.reached("a", "open");
      await page.until(() => kit.entries("answer").length >= 4);
      assert.deepEqual(await page.run(() => kit.messages("a")), []);
      const seen = await server.connections("h");
      assert.deepEqual([seen.open, seen.total], [1, 1]);
    });

    test("a server whose pings stop is let go by its rhythm", async ({ server, page }) => {
      const url = server.ws("/ws/echo", { client: "h", heartbeat: 1_000 });
      await page.run((url) => {
        const heartbeat = {
          isPing: (m) => m.type === "ping",
          pong: () => kit.note("answer") && { type: "pong" },
          expectEvery: 1_000,
        };
        kit.connect("a", url, { heartbeat, backoff: { initial: 50 } });
      }, url);
      await page.reached("a", "open");
      await page.until(() => kit.entries("answer").length >= 1);
      await server.control({ action: "stall", client: "h" });
      await page.run(() => kit.note("stalled"));
      await page.until(() => kit.entries("open", "a").length === 2);
      const { noticed, cause } = await page.run(() => {
        const wait = kit.entries("state", "a").find((it) => it.state.name === "waiting");
        return { noticed: wait.at - kit.entries("stalled")[0].at, cause: wait.cause.kind };
      });
      assert.equal(cause, "heartbeat");
      assert.ok(noticed < 20_000, `noticed after ${noticed} ms`);
    });

    test("a client that does not answer the server's pings is closed by it, and dials again", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "h", heartbeat: 200 });
      await page.run((url) => void kit.connect("a", url, { backoff: { initial: 50 } }), url);
      await page.until(() => kit.entries("open", "a").length >= 2);
      const [wait] = await page.run(() =>
        kit.entries("state", "a").filter((it) => it.state.name === "waiting"),
      );
      assert.deepEqual([wait.cause.code, wait.cause.reason], [4000, "no pong"]);
      assert.ok(await page.run(() => kit.messages("a").some((it) => it.type === "ping")));
    });

    test("both directions at once, with plain text pings past the JSON codec", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "h", heartbeat: 1_000 });
      await page.run((url) => {
        const heartbeat = {
          interval: 150,
          ping: tautline.raw("ping"),
          isPong: (_, frame) => frame === "pong",
          isPing: (m) => m?.type === "ping",
          pong: (ping) => kit.note("answer") && { type: "pong", id: ping?.id },
          expectEvery: 1_000,
        };
        kit.connect("a", url, { heartbeat });
      }, url);
      await page.until(() => kit.entries("latency", "a").length >= 3);
      await page.until(() => kit.entries("answer").length >= 4);
      const seen = await server.connections("h");
      assert.equal(seen.total, 1);
      assert.deepEqual(await page.run(() => kit.messages("a")), []);
      assert.equal(await page.run(() => kit.entries("invalid", "a").length), 0);
    });
  },
  { together: 3 },
);

function connectPinging(page, url, interval = 200) {
  return page.run(
    (url, interval) => {
      const heartbeat = { interval, ping: { type: "ping" }, isPong: (m) => m.type === "pong" };
      kit.connect("a", url, { heartbeat, backoff: { initial: 50 } });
    },
    url,
    interval,
  );
}
