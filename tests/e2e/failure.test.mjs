// When WebAssembly itself fails, and what ten thousand sockets leave behind.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

suite("failure of wasm", ({ test, name: browser }) => {
  test(
    "a Content-Security-Policy without 'wasm-unsafe-eval': connect() throws WasmUnavailable and names it",
    async ({ page }) => {
      page.guard.allow(/Content.Security.Policy|WebAssembly|wasm/i);
      const thrown = await page.run(() => {
        try {
          tautline.connect("/ws/echo");
          return "nothing";
        } catch (error) {
          const known =
            error instanceof tautline.WasmUnavailable && error instanceof tautline.TautlineError;
          return { known, code: error.code, message: error.message };
        }
      });
      assert.equal(thrown.known, true, JSON.stringify(thrown));
      assert.equal(thrown.code, "wasm-unavailable");
      assert.match(thrown.message, /'wasm-unsafe-eval'/);
      assert.match(thrown.message, /script-src/);
    },
    { path: "/csp.html" },
  );

  const triggers = {
    "a send": async ({ page }) => page.run(() => void kit.sockets.a.send("boom")),
    "a received message": ({ server }) =>
      server.control({ action: "send", client: "a", data: '"boom"' }),
    "a lost connection": ({ server }) => server.control({ action: "kill", client: "a" }),
    "the timer": () => {}, // the heartbeat's own
    "a command": ({ page }) => page.run(() => kit.sockets.a.pause()),
  };
  for (const [title, pull] of Object.entries(triggers)) {
    test(
      `a trap in ${title}: every socket ends with \`internal\`, a fresh instance serves the next`,
      async ({ server, page }) => {
        page.guard.allow(/unreachable|The engine failed/i);
        await page.run(
          (a, b) => {
            const heartbeat = {
              interval: 300,
              ping: { type: "ping" },
              isPong: (m) => m.type === "pong",
            };
            kit.connect("a", a, { heartbeat });
            kit.connect("b", b);
          },
          server.ws("/ws/echo", { client: "a" }),
          server.ws("/ws/echo", { client: "b" }),
        );
        await page.reached("a", "open");
        await page.reached("b", "open");
        await page.run(() => spy.armTrap());
        await pull({ page, server });
        for (const socket of ["a", "b"]) {
          const state = await page.reached(socket, "closed");
          assert.equal(state.why, "internal");
          await page.until((socket) => kit.entries("close", socket).length === 1, socket);
          const errors = await page.run((socket) => kit.entries("error", socket), socket);
          assert.deepEqual(
            errors.map((it) => it.error.code),
            ["internal"],
            socket,
          );
          await server.wait({ client: socket, open: 0 });
          assert.equal(
            await page.run((socket) => kit.sockets[socket].send("late"), socket),
            "dropped",
          );
        }
        await page.run((url) => void kit.connect("c", url), server.ws("/ws/echo", { client: "c" }));
        await page.reached("c", "open");
        await page.run(() => kit.sockets.a.reconnect());
        await page.reached("a", "open");
        await page.run(() => ["a", "c"].map((it) => kit.sockets[it].send("alive")));
        await page.until(() => ["a", "c"].every((it) => kit.messages(it).includes("alive")));
        assert.equal(await page.run(() => spy.instances.length), 2);
        assert.equal(await page.run(() => kit.entries("close", "b").length), 1);
      },
      { path: "/spy.html" },
    );
  }

  test(
    "10,000 sockets opened and closed: memory, handles, listeners and timers stay flat",
    async ({ server, page }) => {
      const url = server.ws("/ws/echo", { client: "m" });
      await page.run(setUpCycles, url);
      await page.runFor(60_000, () => cycles(1_000, 30));
      const before = await measure(page);
      await page.runFor(60_000, () => cycles(8_900, 70));
      const after = await measure(page);
      const counts = await page.run(() => ({
        ...Scripted.counts,
        errorHandlers: Scripted.errorHandlers.size,
      }));
      // One listener of errors stays, the same for all, and holds nothing.
      assert.deepEqual(counts, { made: 9_900, live: 0, handlers: 0, errorHandlers: 1 });
      assert.equal(after.wasm, before.wasm, "wasm memory grew");
      assert.deepEqual(after.tables, before.tables, "the engine holds more JavaScript handles");
      assert.deepEqual([after.listeners, after.timers], [before.listeners, before.timers]);
      if (browser === "chromium") {
        const growth = after.heap - before.heap;
        assert.ok(
          growth < 1_000_000,
          `the JavaScript heap grew by ${growth} bytes over 8,970 sockets`,
        );
        assert.ok(
          after.nativeListeners <= before.nativeListeners + 5,
          "event listeners are left behind",
        );
      }
      const seen = await server.wait({ client: "m", open: 0, timeout: 20_000 });
      assert.ok(seen.total >= 80, `${seen.total} real connections`); // the others ended while connecting
    },
    { path: "/spy.html", timeout: 120_000 },
  );
});

/** In the page: cycles(scripted, real) opens and closes that many, some of them still connecting. */
function setUpCycles(url) {
  const HANDLERS = ["onopen", "onmessage", "onclose"];
  window.Scripted = class Scripted {
    static counts = { made: 0, live: 0, handlers: 0 };
    static errorHandlers = new Set();
    readyState = 0;
    protocol = "";
    binaryType = "blob";
    bufferedAmount = 0;
    constructor() {
      Scripted.counts.made += 1;
      Scripted.counts.live += 1;
      for (const name of HANDLERS) this[name] = null;
      queueMicrotask(() => {
        if (this.readyState !== 0 || new.target.stuck) return;
        this.readyState = 1;
        this.onopen?.({ type: "open", target: this });
      });
    }
    send(data) {
      if (this.readyState === 1) this.onmessage?.({ type: "message", data, target: this });
    }
    close(code = 1005, reason = "") {
      if (this.readyState >= 2) return;
      this.readyState = 2;
      Scripted.counts.live -= 1;
      queueMicrotask(() => {
        this.readyState = 3;
        this.onclose?.({ type: "close", code, reason, wasClean: true, target: this });
        queueMicrotask(() => {
          // Whoever let go of this socket must have taken its handlers off.
          for (const name of HANDLERS) if (this[name]) Scripted.counts.handlers += 1;
          Scripted.errorHandlers.add(this.onerror);
        });
      });
    }
  };

  /** Opens one, hears an echo and closes it; every fifth is closed while it is still connecting. */
  async function one(index, Base) {
    const heartbeat = { ping: { type: "ping" }, isPong: (m) => m.type === "pong" };
    let dialled;
    const connecting = new Promise((resolve) => {
      dialled = resolve;
    });
    class Watched extends Base {
      static stuck = index % 5 === 0;
      constructor(...args) {
        super(...args);
        dialled(this);
      }
    }
    const socket = tautline.connect(url, { heartbeat, WebSocket: Watched });
    if (Watched.stuck) {
      const native = await connecting;
      if (native.readyState !== 0) throw new Error("it was to be closed while connecting");
      return socket.close();
    }
    await socket.opened();
    const heard = new Promise((resolve) => {
      socket.subscribe(resolve);
    });
    socket.send(index);
    await heard;
    await socket.close();
  }

  window.cycles = async (scripted, real) => {
    for (let done = 0; done < scripted; done += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, n) => one(done + n, Scripted)));
      await new Promise((resolve) => setTimeout(resolve, 0)); // their close events
    }
    for (let done = 0; done < real; done += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, n) => one(n, WebSocket)));
    }
  };
}

async function measure(page) {
  const own = await page.run(() => ({
    wasm: spy.memory(),
    tables: Object.values(spy.instances.at(-1).exports)
      .filter((it) => it instanceof WebAssembly.Table)
      .map((it) => it.length),
    listeners: spy.liveListeners(),
    timers: spy.liveTimers(),
  }));
  if (!page.browser.isChromium) return own;
  const session = await page.tab.createCDPSession();
  await session.send("HeapProfiler.collectGarbage");
  await session.detach();
  const metrics = await page.tab.metrics();
  return { ...own, heap: metrics.JSHeapUsedSize, nativeListeners: metrics.JSEventListeners };
}
