// Offline and online as the browser tells them, on loopback and under a real host name; and what plain ws: may do.
import assert from "node:assert/strict";
import { goOffline, waitLong } from "./harness/conditions.mjs";
import { suite } from "./harness/suite.mjs";

suite("the network", ({ test }) => {
  test("an open link outlives offline and online", async ({ server, page }) => {
    const url = server.ws("/ws/echo", { client: "n" });
    await page.run((url) => void kit.connect("a", url), url);
    await page.reached("a", "open");
    const goOnline = await goOffline(page);
    await goOnline();
    await page.run(() => kit.sockets.a.send("still"));
    await page.until(() => kit.messages("a").includes("still"));
    assert.equal((await server.connections("n")).total, 1);
    assert.equal(await page.run(() => kit.entries("open", "a").length), 1);
  });

  test("waiting for the next attempt, `online` dials at once", async ({ server, page }) => {
    await waitLong(server, page, "n");
    const opened = await page.run(() => kit.entries("open", "a").length);
    const goOnline = await goOffline(page);
    await goOnline();
    await page.until((opened) => kit.entries("open", "a").length > opened, opened);
    const took = await page.run(
      () => kit.entries("open", "a").at(-1).at - kit.entries("online")[0].at,
    );
    assert.ok(took < 10_000, `open ${took} ms after online`);
  });

  test(
    "under a real name, offline: an open link is probed, dials drop to one per 30 s",
    async ({ server, page }) => {
      page.guard.allow(/ws:|unencrypted|insecure/i);
      const url = server.ws("/ws/echo", { client: "n" }, { named: true });
      await page.run((url) => {
        const heartbeat = { ping: { type: "ping" }, isPong: (m) => m.type === "pong" }; // every 25 s
        kit.connect("probed", url, { heartbeat });
        kit.connect("dialling", `${url}&client=dialling`.replace("client=n&", ""), {
          backoff: { initial: 50, max: 50 },
        });
      }, url);
      await page.reached("probed", "open");
      await page.reached("dialling", "open");
      const goOnline = await goOffline(page);
      // The ping of the interval would come only after 25 s. Chromium holds frames back while
      // offline, so that the probe goes unanswered there, and the link is rightly given up.
      await page.until(
        () =>
          kit.entries("latency", "probed").length > 0 ||
          kit.entries("state", "probed").some((it) => it.cause?.kind === "heartbeat"),
      );
      await server.control({ action: "kill", client: "dialling" });
      await page.until(() => {
        const { name, until } = kit.sockets.dialling.state;
        return name === "waiting" && until - Date.now() > 25_000;
      });
      const failed = await page.run(
        () => kit.states("dialling").filter((it) => it === "waiting").length,
      );
      assert.ok(failed <= 2, `${failed} waits before the dials slowed down`);
      await goOnline();
      await page.reached("dialling", "open", 20_000);
      await page.reached("probed", "open", 20_000);
    },
    { named: true },
  );

  test(
    "plain ws: off loopback warns once, requireSecure refuses it, credentials stay at home",
    async ({ server, page }) => {
      page.guard.allow(/ws:|unencrypted|insecure/i);
      const warnings = [];
      page.tab.on("console", (message) => warnings.push(message.text()));
      const url = (client) => server.ws("/ws/echo", { client }, { named: true });
      await page.run(
        (first, second, strict, secret) => {
          kit.connect("first", first);
          kit.connect("second", second);
          try {
            kit.connect("strict", strict, { requireSecure: true });
          } catch (error) {
            kit.note("refused", { message: error.message });
          }
          window.asked = 0;
          const auth = {
            message: () => ({ type: "auth", token: "good", n: asked++ }),
            accept: () => true,
          };
          kit.connect("secret", secret, { auth });
        },
        url("first"),
        url("second"),
        url("strict"),
        url("secret"),
      );
      await page.reached("first", "open");
      await page.reached("second", "open");
      await page.until(() => kit.entries("refused").length > 0 || kit.isIn("strict", "closed"));
      const state = await page.reached("secret", "closed");
      assert.equal(state.why, "insecure");
      assert.equal(await page.run(() => asked), 0);
      assert.equal((await server.connections("strict")).total, 0);
      assert.equal(
        (await server.connections("secret")).connections.reduce((sum, it) => sum + it.received, 0),
        0,
      );
      const aboutPlain = warnings.filter((text) => /ws:/.test(text) && !/failed/.test(text));
      assert.equal(aboutPlain.length, 1, warnings.join("\n"));
    },
    { named: true },
  );
});
