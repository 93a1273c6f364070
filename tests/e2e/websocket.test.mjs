// The drop-in class in real browsers: breaks, dead links, the page's life, and what is left when it is closed.
import assert from "node:assert/strict";
import { show } from "./harness/conditions.mjs";
import { suite } from "./harness/suite.mjs";

/** Makes a socket of the class in the page, under `name`, and records its events. */
const make = (page, name, url, options = {}, protocols = []) =>
  page.run(
    async (name, url, options, protocols) => {
      const { WebSocket } = await import("/pkg/websocket/index.js");
      globalThis.Kept ??= WebSocket;
      // Functions do not travel: the server's pings and pongs are plain text.
      if (options.heartbeat) {
        Object.assign(options.heartbeat, { ping: "ping", isPong: (data) => data === "pong" });
      }
      const socket = new WebSocket(url, protocols, options);
      kit.sockets[name] = socket;
      kit.record(name, socket);
      if (socket.socket) kit.record(`${name}'s`, socket.socket);
      return socket.readyState;
    },
    name,
    url,
    options,
    protocols,
  );

const opens = (page, name, count) =>
  page.until((name, count) => kit.entries("open", name).length >= count, name, count);

const closed = (page, name) =>
  page.until((name) => kit.entries("close", name).length > 0 && kit.entries("close", name), name);

const story = (page, name) =>
  page.run(
    (name) =>
      kit.log
        .filter((it) => it.name === name)
        .map((it) => [it.what, it.code ?? it.data].join(" ").trim()),
    name,
  );

suite("the WebSocket class", ({ test, name: browser }) => {
  test("a break is heard of, what is sent meanwhile is queued, and it comes back", async ({
    server,
    page,
  }) => {
    const url = server.ws("/ws/echo", { client: "w" });
    await make(page, "a", url, { backoff: { initial: 300, max: 300 } });
    await opens(page, "a", 1);
    await page.run(() => {
      const { a } = kit.sockets;
      const early = () => {
        a.send("¥");
        kit.note("meanwhile", { of: [a.readyState, a.bufferedAmount] });
      };
      a.addEventListener("close", early, { once: true });
    });
    await server.control({ action: "kill", client: "w" });
    await page.until(() => kit.entries("meanwhile").length > 0);
    const [meanwhile] = await page.run(() => kit.entries("meanwhile"));
    assert.deepEqual(meanwhile.of, [0, 2]);
    await opens(page, "a", 2);
    await page.until(() => kit.messages("a").length === 1);
    assert.deepEqual(await story(page, "a"), ["open", "error", "close 1006", "open", "message ¥"]);
    await page.run(() => kit.sockets.a.close());
    await server.wait({ client: "w", open: 0 });
  });

  test("a server that restarts is found again, with the subprotocol", async ({ server, page }) => {
    const url = server.ws("/ws/echo", { client: "w" });
    await make(page, "a", url, { backoff: { initial: 300, max: 300 } }, ["chat.v2"]);
    await opens(page, "a", 1);
    await server.restart();
    await opens(page, "a", 2);
    const state = await page.run(() => [kit.sockets.a.protocol, kit.sockets.a.readyState]);
    assert.deepEqual(state, ["chat.v2", 1]);
  });

  test("with reconnect: false, a link that the heartbeat judges dead is closed with 1006 at once", async ({
    server,
    page,
  }) => {
    const url = server.ws("/ws/echo", { client: "w" });
    await make(page, "a", url, { reconnect: false, heartbeat: { interval: 300 } });
    await opens(page, "a", 1);
    // Once a round trip is known, a pong is not waited for as long.
    await page.until(() => kit.entries("latency", "a's").length > 0);
    await server.control({ action: "stall", client: "w" });
    const [close] = await closed(page, "a");
    assert.deepEqual([close.code, close.wasClean], [1006, false]);
    const wait = close.at - (await page.run(() => kit.entries("open", "a")[0].at));
    assert.ok(wait < 20_000, `known after ${wait} ms`);
    assert.equal(await page.run(() => kit.sockets.a.readyState), 3);
    await server.control({ action: "stall", client: "w", ms: 0 });
    // A later socket is served after whatever was dialled before.
    await make(page, "b", server.ws("/ws/echo", { client: "b" }));
    await opens(page, "b", 1);
    assert.equal((await server.connections("w")).total, 1);
    assert.deepEqual(await story(page, "a"), ["open", "error", "close 1006"]);
  });

  test("close() over a dead link ends within the second that the goodbye has", async ({
    server,
    page,
  }) => {
    const url = server.ws("/ws/echo", { client: "w" });
    await make(page, "a", url, { reconnect: false, heartbeat: { interval: 60_000 } });
    await opens(page, "a", 1);
    await server.control({ action: "stall", client: "w" });
    const before = await page.run(() => {
      kit.sockets.a.close(3000, "bye");
      return performance.now();
    });
    const [close] = await closed(page, "a");
    const took = close.at - before;
    assert.equal(close.code, 1006);
    assert.ok(took < 10_000, `took ${took} ms; the browser alone takes 20 to 60 s`);
  });

  test(
    "sockets that are closed leave no socket, no timer and no listener",
    async ({ server, page }) => {
      const url = server.ws("/ws/echo", { client: "w" });
      const dead = server.ws("/ws/echo", { client: "d", fault: "refuse" });
      const left = await page.run(
        async (url, dead) => {
          const { WebSocket } = await import("/pkg/websocket/index.js");
          const heartbeat = { ping: "ping", isPong: (data) => data === "pong" };
          const closed = (socket) =>
            new Promise((resolve) => socket.addEventListener("close", resolve));
          const before = [spy.liveTimers(), spy.liveListeners()];
          for (const options of [
            {},
            { reconnect: false },
            { heartbeat },
            { reconnect: false, heartbeat },
            { reconnect: false, lifecycle: true },
          ]) {
            // Closed at once, while open, and between attempts.
            const early = new WebSocket(url, [], options);
            const open = new WebSocket(url, [], options);
            const waiting = new WebSocket(dead, [], options);
            early.close();
            await closed(early);
            if (open.readyState === 0) {
              await new Promise((resolve) => open.addEventListener("open", resolve));
            }
            open.send("a");
            open.close();
            await closed(open);
            if (waiting.readyState < 1) await closed(waiting);
            if (waiting.readyState < 2) {
              waiting.close();
              await closed(waiting);
            }
          }
          return [before, [spy.liveTimers(), spy.liveListeners()]];
        },
        url,
        dead,
      );
      assert.deepEqual(left[1], left[0]);
      await server.wait({ client: "w", open: 0 });
    },
    { path: "/spy.html" },
  );

  test("in the global's place: other code gets the class, and tautline its sockets", async ({
    server,
    page,
  }) => {
    const url = server.ws("/ws/echo", { client: "w" });
    const seen = await page.run(async (url) => {
      const native = globalThis.WebSocket;
      const module = await import("/pkg/websocket/index.js");
      globalThis.WebSocket = module.WebSocket;
      try {
        const socket = new globalThis.WebSocket(url);
        const plain = new globalThis.WebSocket(url, [], { reconnect: false });
        const own = tautline.connect(url);
        await Promise.all([
          own.opened(),
          new Promise((resolve) => socket.addEventListener("open", resolve)),
          new Promise((resolve) => plain.addEventListener("open", resolve)),
        ]);
        const kinds = [module.WebSocket.native === native, socket.readyState, plain.readyState];
        await own.close();
        socket.close();
        plain.close();
        return kinds;
      } finally {
        globalThis.WebSocket = native;
      }
    }, url);
    assert.deepEqual(seen, [true, 1, 1]);
    await server.wait({ client: "w", open: 0 });
    assert.equal((await server.connections("w")).total, 3);
  });

  test("in a dedicated worker, with and without reconnection", async ({ server, page }) => {
    const url = server.ws("/ws/echo");
    const answers = await page.run(async (url) => {
      const worker = new Worker("/websocket/worker.js", { type: "module" });
      const answers = [];
      for (const options of [{}, { reconnect: false }]) {
        worker.postMessage([url, options]);
        answers.push(
          await new Promise((resolve) => {
            worker.onmessage = ({ data }) => resolve(data);
          }),
        );
      }
      worker.terminate();
      return answers;
    }, url);
    const all = ["open", "Blob 2", "http: is ws:", "close 3333"];
    assert.deepEqual(answers, [all, all]);
  });

  test(
    "without 'wasm-unsafe-eval' it still works with reconnect: false, and says so otherwise",
    async ({ server, page }) => {
      const url = server.ws("/ws/echo", { client: "w" });
      await make(page, "a", url, { reconnect: false });
      await opens(page, "a", 1);
      const error = await page.run((url) => {
        try {
          new globalThis.Kept(url);
        } catch ({ code, message }) {
          return [code, message];
        }
      }, url);
      assert.equal(error[0], "wasm-unavailable");
      assert.match(error[1], /wasm-unsafe-eval/);
      page.guard.allow(/Content.Security.Policy|unsafe-eval/);
    },
    { path: "/csp.html" },
  );

  if (browser === "chromium") {
    test("back/forward cache: with lifecycle, the server knows at once; reconnect decides about coming back", async ({
      server,
      page,
    }) => {
      await show(page);
      const url = (client) => server.ws("/ws/echo", { client });
      await make(page, "on", url("on"));
      await make(page, "off", url("off"), { reconnect: false, lifecycle: true });
      await opens(page, "on", 1);
      await opens(page, "off", 1);
      await page.leave();
      for (const client of ["on", "off"]) {
        const { connections } = await server.wait({ client, closed: 1 });
        assert.deepEqual(connections[0].close?.code, 1000, client);
      }
      await page.back();
      await page.until(() => kit.entries("pageshow").some((it) => it.persisted));
      await opens(page, "on", 2);
      assert.deepEqual(await story(page, "on"), ["open", "close 1000", "open"]);
      assert.deepEqual(await story(page, "off"), ["open", "close 1000"]);
      assert.equal(await page.run(() => kit.sockets.off.readyState), 3);
      assert.equal((await server.connections("off")).total, 1);
    });
  }
});
