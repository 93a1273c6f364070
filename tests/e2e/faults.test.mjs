// Every way in which the server can fail a handshake or a living connection.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

suite(
  "server faults",
  ({ test, name }) => {
    const refusals = [
      ["a refused connection", { fault: "refuse" }],
      ...[401, 403, 404, 502, 503].map((status) => [
        `HTTP ${status} to the upgrade`,
        { fault: "http", status },
      ]),
    ];
    for (const [title, query] of refusals) {
      test(`${title}: two failed attempts, then open`, async ({ server, page }) => {
        const url = server.ws("/ws/echo", { client: "f", times: 2, ...query });
        await page.run((url) => void kit.connect("a", url, { backoff: { initial: 50 } }), url);
        await page.reached("a", "open");
        const waits = await page.run(() =>
          kit.entries("state", "a").filter((it) => it.state.name === "waiting"),
        );
        assert.deepEqual(
          waits.map((it) => [it.cause.kind, it.state.attempt]),
          [
            ["refused", 1],
            ["refused", 2],
          ],
        );
        assert.equal((await page.run(() => kit.entries("open", "a")))[0].reconnected, false);
        await echoes(page);
      });
    }

    test("a handshake that is never answered: given up after connectTimeout, then open", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "f", times: 1, fault: "silent" });
      await page.run((url) => {
        // From before connect(): a busy page may return from it late, with the time running.
        kit.note("dialled");
        kit.connect("a", url, { backoff: { initial: 50 }, connectTimeout: 600 });
      }, url);
      await page.reached("a", "open");
      const [[dialled], log] = await page.run(() => [
        kit.entries("dialled"),
        kit.entries("state", "a"),
      ]);
      const gaveUp = log.find((it) => it.state.name === "waiting");
      assert.equal(gaveUp.cause.kind, "connect-timeout");
      const took = gaveUp.at - dialled.at;
      assert.ok(took > 550 && took < 15_000, `given up after ${took} ms`);
      await echoes(page);
    });

    test("a slow handshake within connectTimeout is waited for", async ({ server, page }) => {
      const url = server.ws("/ws/echo", { client: "f", fault: "slow", ms: 900 });
      await page.run((url) => {
        kit.note("dialled");
        kit.connect("a", url, { backoff: { initial: 50 }, connectTimeout: 8_000 });
      }, url);
      await page.reached("a", "open");
      const [[dialled], log] = await page.run(() => [
        kit.entries("dialled"),
        kit.entries("state", "a"),
      ]);
      assert.deepEqual(log.map((it) => it.state.name).slice(-2), ["connecting", "open"]);
      assert.ok(log.at(-1).at - dialled.at > 800, "the server had not answered yet");
      assert.equal((await server.connections("f")).total, 1);
    });

    test("a half-open connection: noticed, let go and the next dial scheduled in one task", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "f" });
      await page.run((url) => {
        class Watched extends WebSocket {
          close(...args) {
            kit.note("native close", { task: kit.task() });
            super.close(...args);
          }
        }
        const heartbeat = {
          interval: 500,
          ping: { type: "ping" },
          isPong: (m) => m.type === "pong",
        };
        kit.connect("a", url, { backoff: { initial: 50 }, heartbeat, WebSocket: Watched });
        kit.sockets.a.addEventListener("state", ({ state }) => {
          if (state.name === "waiting")
            kit.note("scheduled", { task: kit.task(), until: state.until });
        });
      }, url);
      await page.until(() => kit.entries("latency", "a").length > 0);
      await server.control({ action: "stall", client: "f" });
      await page.run(() => kit.note("stalled"));
      await page.until(() => kit.entries("open", "a").length === 2);
      const { stalled, wait, letGo, scheduled } = await page.run(() => ({
        stalled: kit.entries("stalled")[0],
        wait: kit.entries("state", "a").filter((it) => it.state.name === "waiting"),
        letGo: kit.entries("native close"),
        scheduled: kit.entries("scheduled"),
      }));
      assert.deepEqual(
        wait.map((it) => it.cause.kind),
        ["heartbeat"],
      );
      const noticed = wait[0].at - stalled.at; // the interval and a deadline of 2 s
      assert.ok(noticed < 20_000, `noticed after ${noticed} ms`);
      assert.equal(letGo.length, 1);
      assert.equal(scheduled[0].task, letGo[0].task, "the dial was scheduled in a later task");
      await page.run(() => kit.sockets.a.send("fresh"));
      await page.until(() => kit.messages("a").includes("fresh"));
    });

    test("a connection that is killed and one that flaps after open: attempts count up until it holds", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "f", fault: "flap", ms: 60, times: 3 });
      await page.run(
        (url) => void kit.connect("a", url, { backoff: { initial: 50, max: 200 } }),
        url,
      );
      await page.until(
        () => kit.entries("state", "a").filter((it) => it.state.name === "waiting").length === 3,
      );
      await page.reached("a", "open");
      await echoes(page);
      const attempts = await page.run(() =>
        kit
          .entries("state", "a")
          .filter((it) => it.state.name === "waiting")
          .map((it) => it.state.attempt),
      );
      assert.deepEqual(attempts, [1, 2, 3]);
    });

    test("a restart (1012, then refusals) and an outage (503): back when the server is", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "f" });
      await page.run(
        (url) => void kit.connect("a", url, { backoff: { initial: 100, max: 400 } }),
        url,
      );
      await page.reached("a", "open");
      await server.control({ action: "restart", client: "f", ms: 500 });
      await page.until(() => kit.entries("open", "a").length === 2);
      const [wait] = await page.run(() =>
        kit.entries("state", "a").filter((it) => it.state.name === "waiting"),
      );
      assert.deepEqual([wait.cause.code, wait.cause.reason], [1012, "restart"]);
      await server.control({ action: "unavailable", client: "f", ms: 500, status: 503 });
      await server.control({ action: "kill", client: "f" });
      await page.until(() => kit.entries("open", "a").length === 3);
      await echoes(page);
    });

    test("reconnect() during a wait dials now", async ({ server, page }) => {
      const url = server.ws("/ws/echo", { client: "f" });
      await page.run((url) => void kit.connect("a", url, { retry: () => 60_000 }), url);
      await page.reached("a", "open");
      await server.control({ action: "kill", client: "f" });
      await page.reached("a", "waiting");
      const took = await page.run(async () => {
        const start = performance.now();
        kit.sockets.a.reconnect();
        await kit.until(() => kit.isIn("a", "open"));
        return performance.now() - start;
      });
      assert.ok(took < 20_000, `${took} ms`);
      assert.equal((await server.connections("f")).total, 2);
    });

    test("a selected subprotocol is shown; one not selected is named in the error, and the next attempt may have it", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "f" });
      await page.run((url) => {
        kit.connect("good", url, { protocols: ["chat.v2", "chat.v1"] });
        const provider = ({ attempt }) =>
          attempt > 1 || kit.entries("error", "bad").length > 0 ? url : `${url}&protocol=none`;
        kit.connect("bad", provider, { protocols: "chat.v2", backoff: { initial: 100 } });
      }, url);
      await page.reached("good", "open");
      assert.equal(await page.run(() => kit.sockets.good.protocol), "chat.v2");
      await page.until(() => kit.entries("error", "bad").length > 0);
      const [error] = await page.run(() => kit.entries("error", "bad"));
      assert.match(error.error.message, /subprotocol/i);
      await page.until(() => kit.isIn("bad", "open") && kit.sockets.bad.protocol === "chat.v2");
    });

    test("a subprotocol that nobody offered: Chromium refuses it, Firefox takes it", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "f", protocol: "json" });
      await page.run(
        (url) => void kit.connect("a", url, { backoff: { initial: 50 }, maxAttempts: 2 }),
        url,
      );
      if (name === "firefox") {
        await page.reached("a", "open");
        return echoes(page);
      }
      assert.equal((await page.reached("a", "closed")).why, "exhausted");
      assert.equal(await page.run(() => kit.entries("open", "a").length), 0);
    });

    test("maxAttempts gives up with a reason, and reconnect() starts afresh", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "f", fault: "refuse", times: 3 });
      await page.run(
        (url) => void kit.connect("a", url, { backoff: { initial: 50 }, maxAttempts: 2 }),
        url,
      );
      const state = await page.reached("a", "closed");
      assert.equal(state.why, "exhausted");
      await page.run(() => kit.sockets.a.reconnect());
      await page.reached("a", "open");
      await echoes(page);
    });
  },
  { together: 3 },
);

async function echoes(page) {
  await page.run(() => kit.sockets.a.send({ echo: true }));
  await page.until(() => kit.messages("a").some((message) => message.echo));
}
