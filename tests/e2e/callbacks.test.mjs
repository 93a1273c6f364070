// The application's own code inside ours: it throws, and it calls back in from every callback there is.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

suite("callbacks", ({ test }) => {
  test("listeners that throw are reported and harm nothing", async ({ server, page }) => {
    page.guard.allow(/thrown on purpose/);
    const url = server.ws("/ws/echo", { client: "c" });
    await page.run((url) => {
      const socket = kit.connect("a", url, { backoff: { initial: 50 } });
      const fail = (where) => () => kit.fail(where);
      for (const type of ["state", "open", "message", "invalid", "drop", "close"]) {
        socket.addEventListener(type, fail(type));
      }
      socket.addEventListener("message", { handleEvent: fail("handleEvent") });
      socket.subscribe(fail("subscribe"));
      socket.subscribe((message) => kit.note("heard", { message }));
    }, url);
    await page.reached("a", "open");
    await page.run(() => kit.sockets.a.send("one"));
    await page.until(() => kit.entries("heard").some((it) => it.message === "one"));
    await server.control({ action: "send", client: "c", data: "{ not json" });
    await page.until(() => kit.entries("invalid", "a").length > 0);
    await server.control({ action: "kill", client: "c" });
    await page.until(() => kit.entries("open", "a").length === 2);
    await page.run(() => kit.sockets.a.send("two"));
    await page.until(() => kit.entries("heard").some((it) => it.message === "two"));
    await page.run(() => kit.sockets.a.close());
    await page.reached("a", "closed");
    const reported = await page.run(() =>
      kit.entries("uncaught").map((it) => /in (\w+)/.exec(it.message)?.[1]),
    );
    for (const where of [
      "state",
      "open",
      "message",
      "subscribe",
      "handleEvent",
      "invalid",
      "close",
    ]) {
      assert.ok(reported.includes(where), `nothing was reported of ${where}: ${reported}`);
    }
  });

  test("functions of the options that throw end as an attempt, a drop or an invalid frame, never as a stray", async ({
    server,
    page,
  }) => {
    page.guard.allow(/thrown on purpose/);
    const urls = Object.fromEntries(
      ["provider", "codec", "heartbeat", "retry"].map((it) => [
        it,
        server.ws("/ws/echo", { client: it }),
      ]),
    );
    await page.run((urls) => {
      const { fail } = kit;
      const backoff = { initial: 50 };
      let asked = 0;
      kit.connect("provider", () => (++asked <= 2 ? fail("url") : urls.provider), { backoff });
      const codec = {
        encode: (m) => (m === "bad" ? fail("encode") : JSON.stringify(m)),
        decode: (d) => (JSON.parse(d) === "poison" ? fail("decode") : JSON.parse(d)),
      };
      kit.connect("codec", urls.codec, { codec });
      const heartbeat = { interval: 100, ping: { type: "ping" }, isPong: () => fail("isPong") };
      kit.connect("heartbeat", urls.heartbeat, { heartbeat });
      kit.connect("retry", urls.retry, { backoff, retry: () => fail("retry") });
    }, urls);
    for (const name of Object.keys(urls)) await page.reached(name, "open");
    const causes = await page.run(() =>
      kit
        .entries("state", "provider")
        .filter((it) => it.state.name === "waiting")
        .map((it) => it.cause.kind),
    );
    assert.deepEqual(causes, ["provider", "provider"]);
    assert.equal(await page.run(() => kit.sockets.codec.send("bad")), "dropped");
    await page.run(() => ["poison", "fine"].map((m) => kit.sockets.codec.send(m)));
    await page.until(() => kit.messages("codec").includes("fine"));
    assert.equal(await page.run(() => kit.entries("invalid", "codec").length), 1);
    await page.run(() => kit.sockets.heartbeat.send("beat"));
    await page.until(
      () =>
        kit.messages("heartbeat").includes("beat") ||
        kit.entries("invalid", "heartbeat").length > 0,
    );
    await server.control({ action: "kill", client: "retry" });
    await page.until(() => kit.entries("open", "retry").length === 2);
  });

  // Each act is done from inside each callback, once; afterwards the socket must still be of use.
  const acts = ["send", "reconnect", "pause and resume", "close and reconnect"];
  for (const act of acts) {
    test(`${act} from inside every callback`, async ({ server, page }) => {
      const url = server.ws("/ws/echo", { client: "c" });
      await page.run(
        (url, act) => {
          const done = new Set();
          const socket = () => kit.sockets.a;
          const deeds = {
            send: () => socket().send("from inside"),
            reconnect: () => socket().reconnect(),
            "pause and resume": () => {
              socket().pause();
              socket().resume();
            },
            "close and reconnect": () => {
              socket().close();
              socket().reconnect();
            },
          };
          const once =
            (where, result) =>
            (...args) => {
              if (!done.has(where) && socket()) {
                done.add(where);
                kit.note("act", { where });
                deeds[act]();
              }
              return typeof result === "function" ? result(...args) : result;
            };
          const options = {
            backoff: { initial: 30, max: 100 },
            codec: {
              encode: once("encode", JSON.stringify),
              decode: once("decode", (data) => JSON.parse(data)),
            },
            heartbeat: {
              interval: 200,
              ping: once("ping", { type: "ping" }),
              isPong: once("isPong", (m) => m.type === "pong"),
            },
            restore: once("restore", undefined),
            retry: once("retry", true),
            queue: { maxMessages: 2 },
          };
          kit.connect("a", once("provider", url), options);
          for (const type of ["state", "open", "message", "drop", "latency"]) {
            socket().addEventListener(type, once(type));
          }
          socket().subscribe(once("subscribe"));
        },
        url,
        act,
      );

      // Drive it through all of its life: messages, a ping, a full queue, a broken connection.
      await page.reached("a", "open");
      await page.until(() => {
        if (kit.isIn("a", "open")) kit.sockets.a.send("drive");
        return kit.messages("a").includes("drive");
      });
      await page.until(() => kit.entries("act").some((it) => it.where === "latency"));
      await page.reached("a", "open");
      await server.control({ action: "kill", client: "c" });
      await page.until(() => kit.entries("act").some((it) => it.where === "retry"));
      await page.run(() => {
        kit.sockets.a.pause();
        for (let n = 0; n < 4; n += 1) kit.sockets.a.send(n);
        kit.sockets.a.resume();
      });
      await page.reached("a", "open");
      await page.run(() => kit.sockets.a.send("the end"));
      await page.until(() => kit.messages("a").includes("the end"));

      const where = await page.run(() => kit.entries("act").map((it) => it.where));
      const expected = [
        "provider",
        "state",
        "open",
        "encode",
        "decode",
        "message",
        "subscribe",
        "ping",
        "isPong",
        "latency",
        "restore",
        "retry",
        "drop",
      ];
      assert.deepEqual(
        expected.filter((it) => !where.includes(it)),
        [],
        "callbacks that never ran",
      );
      await page.run(() => kit.sockets.a.close());
      await page.reached("a", "closed");
      await server.wait({ client: "c", open: 0 });
    });
  }

  test("close() from inside every callback: closed, and not one connection left", async ({
    server,
    page,
  }) => {
    const places = [
      "state",
      "open",
      "message",
      "subscribe",
      "provider",
      "encode",
      "decode",
      "isPong",
      "ping",
      "restore",
      "retry",
      "latency",
    ];
    await page.run(
      (places, base) => {
        for (const place of places) {
          const at =
            (where, result) =>
            (...args) => {
              if (where === place && kit.sockets[place]) void kit.sockets[place].close();
              return typeof result === "function" ? result(...args) : result;
            };
          const url = `${base}?client=${place}${place === "retry" ? "&fault=kill&ms=50" : ""}`;
          const socket = kit.connect(place, at("provider", url), {
            codec: {
              encode: at("encode", JSON.stringify),
              decode: at("decode", (data) => JSON.parse(data)),
            },
            heartbeat: {
              interval: 200,
              ping: at("ping", { type: "ping" }),
              isPong: at("isPong", (m) => m.type === "pong"),
            },
            restore: at("restore", undefined),
            retry: at("retry", true),
          });
          for (const type of ["state", "open", "message", "latency"])
            socket.addEventListener(type, at(type));
          socket.subscribe(at("subscribe"));
          socket.send("one");
        }
      },
      places,
      server.ws("/ws/echo"),
    );
    for (const place of places) {
      const state = await page.reached(place, "closed");
      assert.equal(state.why, "user", place);
      await server.wait({ client: place, open: 0 });
      assert.equal(await page.run((place) => kit.entries("close", place).length, place), 1, place);
    }
  });
});
