// Hidden, frozen, cached, stopped, reloaded: what happens to pages without asking them.
import assert from "node:assert/strict";
import { freeze, goOffline, hide, stopRenderer, waitLong } from "./harness/conditions.mjs";
import { suite } from "./harness/suite.mjs";

suite("the page's life", ({ test, name: browser }) => {
  test("hidden: the link stays, a lost one is dialled again as usual", async ({ server, page }) => {
    const url = server.ws("/ws/echo", { client: "l" });
    await page.run((url) => void kit.connect("a", url, { backoff: { initial: 100 } }), url);
    await page.reached("a", "open");
    const unhide = await hide(page);
    assert.equal(await page.run(() => document.visibilityState), "hidden");
    await page.run(() => kit.sockets.a.send("from the back"));
    await page.until(() => kit.messages("a").includes("from the back"));
    await server.control({ action: "kill", client: "l" });
    await page.until(() => kit.entries("open", "a").length === 2);
    assert.equal(await page.run(() => document.visibilityState), "hidden");
    await unhide();
  });

  test("hidden: the heartbeat slows down; shown again: an open link is probed at once", async ({
    server,
    page,
  }) => {
    const url = server.ws("/ws/echo", { client: "l" });
    await page.run((url) => {
      const heartbeat = { interval: 400, ping: { type: "ping" }, isPong: (m) => m.type === "pong" };
      kit.connect("a", url, { heartbeat }); // 50 s while hidden
    }, url);
    await page.until(() => kit.entries("latency", "a").length >= 2);
    const unhide = await hide(page);
    await page.run(() => kit.note("hidden"));
    // A second socket with nothing but timers of its own tells when four visible intervals have passed.
    await page.run(() => void setTimeout(() => kit.note("four intervals"), 1_600));
    await page.until(() => kit.entries("four intervals").length > 0);
    const during = await page.run(() => {
      const [{ at }] = kit.entries("hidden");
      return kit.entries("latency", "a").filter((it) => it.at > at).length;
    });
    assert.ok(during <= 1, `${during} pings while hidden`);
    await unhide();
    const before = await page.run(() => kit.entries("latency", "a").length);
    await page.until((before) => kit.entries("latency", "a").length > before, before);
    assert.equal((await server.connections("l")).total, 1);
  });

  test("waiting for the next attempt, being shown again dials at once", async ({
    server,
    page,
  }) => {
    await waitLong(server, page, "l");
    const unhide = await hide(page);
    const opened = await page.run(() => kit.entries("open", "a").length);
    await unhide();
    await page.until((opened) => kit.entries("open", "a").length > opened, opened);
    const took = await page.run(
      () => kit.entries("open", "a").at(-1).at - kit.entries("visibilitychange").at(-1).at,
    );
    assert.ok(took < 10_000, `open ${took} ms after being shown`);
  });

  test("a delay told by the server is not cut short by being shown again or coming online", async ({
    server,
    page,
  }) => {
    const url = server.ws("/ws/echo", {
      client: "l",
      fault: "close",
      code: 1013,
      reason: "retry-after=60000",
      times: 1,
    });
    await page.run((url) => void kit.connect("a", url), url);
    const { until } = await page.reached("a", "waiting");
    const unhide = await hide(page);
    await unhide();
    const goOnline = await goOffline(page);
    await goOnline();
    await settle(server, page);
    const state = await page.run(() => kit.plain(kit.sockets.a.state));
    assert.deepEqual([state.name, state.until], ["waiting", until]);
    assert.equal((await server.connections("l")).total, 1);
  });

  test("close() stays closed under every lifecycle event; so does pause()", async ({
    server,
    page,
  }) => {
    await page.run(
      (closed, paused) => {
        kit.connect("closed", closed);
        kit.connect("paused", paused);
      },
      server.ws("/ws/echo", { client: "closed" }),
      server.ws("/ws/echo", { client: "paused" }),
    );
    await page.reached("closed", "open");
    await page.reached("paused", "open");
    await page.run(() => {
      kit.sockets.closed.close();
      kit.sockets.paused.pause();
    });
    await page.reached("closed", "closed");
    await page.reached("paused", "suspended");

    const unhide = await hide(page);
    if (browser === "chromium") await (await freeze(page))();
    await unhide();
    const goOnline = await goOffline(page);
    await goOnline();
    if (browser === "chromium") {
      await page.leave();
      await page.back();
      await page.until(() => kit.entries("pageshow").some((it) => it.persisted));
    }
    await page.run(() => {
      for (const type of ["online", "offline", "online"]) dispatchEvent(new Event(type));
      for (const type of ["freeze", "resume", "visibilitychange"])
        document.dispatchEvent(new Event(type));
      dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true }));
      dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
    });
    await settle(server, page);
    assert.equal(await page.run(() => kit.sockets.closed.state.name), "closed");
    assert.equal(await page.run(() => kit.sockets.paused.state.name), "suspended");
    assert.equal((await server.connections("closed")).total, 1);
    assert.equal((await server.connections("paused")).total, 1);
    assert.equal(await page.run(() => kit.entries("close", "closed").length), 1);

    await page.run(() => kit.sockets.paused.resume());
    await page.reached("paused", "open");
    await page.run(() => kit.sockets.closed.reconnect());
    await page.reached("closed", "open");
  });

  if (browser === "firefox") {
    test("back: a full reload, the old connection closed, the new page connects", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "l" });
      await page.run((url) => void kit.connect("a", url), url);
      await page.reached("a", "open");
      await page.leave();
      await server.wait({ client: "l", closed: 1, open: 0 });
      await page.back();
      await page.until(
        () => kit.entries("loaded").length > 0 && kit.entries("pageshow").length > 0,
      );
      assert.equal(await page.run(() => kit.entries("pageshow")[0].persisted), false);
      assert.deepEqual(await page.run(() => Object.keys(kit.sockets)), []);
      await page.run((url) => void kit.connect("a", url), url);
      await page.reached("a", "open");
      assert.equal((await server.connections("l")).open, 1);
    });
  }
});

suite(
  "the page's life, as only Chromium can be made to live it",
  ({ test }) => {
    test("back/forward cache: the server knows at once, coming back dials at once, the queue is kept", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "l" });
      await page.run((url) => void kit.connect("a", url), url);
      await page.reached("a", "open");
      await page.leave();
      const { connections } = await server.wait({ client: "l", closed: 1 });
      assert.deepEqual([connections[0].how, connections[0].close?.code], ["client-close", 1000]);
      await page.back();
      await page.until(() => kit.entries("pageshow").some((it) => it.persisted));
      await page.until(() => kit.entries("open", "a").length === 2);

      const [hidden] = await page.run(() => kit.entries("pagehide"));
      assert.equal(hidden.persisted, true);
      const known = connections[0].closed_at - hidden.epoch;
      assert.ok(known < 5_000, `the server knew ${known} ms after pagehide`);
      const took = await page.run(() => {
        const shown = kit.entries("pageshow").find((it) => it.persisted);
        return kit.entries("open", "a")[1].at - shown.at;
      });
      assert.ok(took < 10_000, `open ${took} ms after pageshow`);
      const suspended = await page.run(() =>
        kit.entries("state", "a").find((it) => it.state.name === "suspended"),
      );
      assert.equal(suspended.state.why, "frozen");
      await page.run(() => kit.sockets.a.send("back"));
      await page.until(() => kit.messages("a").includes("back"));
    });

    test("freeze and resume: back in the conversation at once", async ({ server, page }) => {
      const url = server.ws("/ws/echo", { client: "l" });
      await page.run(
        (url) => void kit.connect("a", url, { backoff: { initial: 200_000, max: 200_000 } }),
        url,
      );
      await page.reached("a", "open");
      const unhide = await hide(page);
      const resume = await freeze(page);
      await resume();
      await page.run(() => kit.sockets.a.send("thawed")); // sent now or queued: either way it arrives
      await unhide();
      await page.until(() => kit.messages("a").includes("thawed"));
      const took = await page.run(() => {
        const opened = kit.entries("open", "a").at(-1).at;
        return opened - kit.entries("resume").at(-1).at;
      });
      assert.ok(took < 10_000, `open ${took} ms after resume`);
    });

    test(
      "the renderer stopped for 15 s: a living link is kept, a dead one is found within 5 s of waking",
      async ({ server, page }) => {
        await page.run(
          (urls) => {
            const heartbeat = { ping: { type: "ping" }, isPong: (m) => m.type === "pong" };
            kit.connect("living", urls.living, { heartbeat });
            kit.connect("dead", urls.dead, { heartbeat, backoff: { initial: 100 } });
            kit.connect("plain", urls.plain);
          },
          Object.fromEntries(
            ["living", "dead", "plain"].map((it) => [it, server.ws("/ws/echo", { client: it })]),
          ),
        );
        for (const name of ["living", "dead", "plain"]) await page.reached(name, "open");

        const stopped = stopRenderer(page, 15_000);
        await server.control({ action: "stall", client: "dead" });
        await stopped;
        const woke = await page.run(() => kit.note("woke").at);
        await page.until(() => kit.entries("open", "dead").length === 2);
        const [wait] = await page.run(() =>
          kit.entries("state", "dead").filter((it) => it.state.name === "waiting"),
        );
        assert.equal(wait.cause.kind, "heartbeat");
        assert.ok(wait.at - woke < 10_000, `noticed ${wait.at - woke} ms after waking`);
        for (const name of ["living", "plain"]) {
          await page.run((name) => kit.sockets[name].send("awake"), name);
          await page.until((name) => kit.messages(name).includes("awake"), name);
          assert.equal((await server.connections(name)).total, 1, name);
        }
      },
      { timeout: 60_000 },
    );
  },
  { only: ["chromium"] },
);

/** A dial made now is served after any dial that was made before: then the counts are final. */
async function settle(server, page) {
  await page.run(
    (url) => void kit.connect("barrier", url),
    server.ws("/ws/echo", { client: "barrier" }),
  );
  await page.reached("barrier", "open");
}
