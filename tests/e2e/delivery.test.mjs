// The fate of each message: sent, confirmed by a pong, given up with the reason; and at-least-once over breaks.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

suite(
  "delivery",
  ({ test }) => {
    test("sent: at once on an open socket, otherwise when the queue leaves, in order with send()", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d", fault: "slow", ms: 300 });
      const early = await page.run(async (url) => {
        const socket = kit.connect("a", url);
        kit.follow("a", 0, socket.deliver({ seq: 0 }));
        socket.send({ seq: 1 });
        kit.follow("a", 2, socket.deliver({ seq: 2 }, { until: "sent" }));
        await new Promise((resolve) => setTimeout(resolve, 50));
        return kit.fates("a");
      }, url);
      assert.deepEqual(early, {});
      await page.reached("a", "open");
      await page.until(() => kit.entries("settled", "a").length === 2);
      // On an open socket it is done within the task.
      const task = await page.run(async () => {
        const before = kit.task();
        await kit.sockets.a.deliver({ seq: 3 });
        return [before, kit.task()];
      });
      assert.equal(task[0], task[1]);
      await page.run(() => kit.barrier("a"));
      assert.deepEqual((await server.sink("d")).seqs, [0, 1, 2, 3]);
      assert.deepEqual(await page.run(() => kit.fates("a")), { 0: "done", 2: "done" });
    });

    test("confirmed: resolves after the pong, not before, and the server has the message by then", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d", pongs: 600 });
      await page.run(async (url) => {
        const socket = kit.connect("a", url, {
          heartbeat: kit.heartbeat("a"),
          confirmWithin: 20,
        });
        for (const seq of [0, 1, 2])
          kit.follow("a", seq, socket.deliver({ seq }, { until: "confirmed" }));
        await socket.opened();
        await kit.barrier("a");
        kit.note("received", { unconfirmed: socket.stats().unconfirmed });
      }, url);
      assert.deepEqual((await server.sink("d")).seqs, [0, 1, 2]);
      await page.until(() => kit.entries("settled", "a").length === 3);
      const order = await page.run(() =>
        kit.log
          .filter((it) => ["received", "pong", "settled"].includes(it.what))
          .map((it) => (it.what === "settled" ? `${it.key} ${it.fate}` : it.what)),
      );
      assert.deepEqual(order.slice(0, 5), ["received", "pong", "0 done", "1 done", "2 done"]);
      const [{ unconfirmed }] = await page.run(() => kit.entries("received"));
      assert.equal(unconfirmed, 4); // the barrier is a message, too
      // The next one finds the way, too.
      await page.run(() => kit.sockets.a.deliver({ seq: 3 }, { until: "confirmed" }));
      assert.deepEqual((await server.sink("d")).seqs, [0, 1, 2, 3]);
    });

    test("without a heartbeat that pings, confirmed is an option error", async ({
      server,
      page,
    }) => {
      const code = await page.run(
        async (url) => {
          const socket = kit.connect("a", url);
          return socket.deliver({ seq: 0 }, { until: "confirmed" }).catch((error) => error.code);
        },
        server.ws("/ws/sink", { client: "d" }),
      );
      assert.equal(code, "option");
    });

    test("what is given up tells why and whether it had left; it is no drop event, and nothing goes later", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d" });
      await page.run(async (url) => {
        const socket = kit.connect("a", url, {
          heartbeat: kit.heartbeat("a"),
          queue: { maxMessages: 4, maxBytes: 200 },
        });
        socket.pause();
        const deliver = (key, message, options) =>
          kit.follow("a", key, socket.deliver(message, options));
        const confirmed = { until: "confirmed" };
        deliver("kept", { seq: 0 });
        deliver("old", { seq: 1 }, { key: "k" });
        deliver("new", { seq: 2 }, { key: "k", ...confirmed });
        const expired = deliver("expired", { seq: 3 }, { ttl: 30, ...confirmed });
        const timeout = deliver("timeout", { seq: 4 }, { timeout: 30 });
        deliver("full", { seq: 5 });
        deliver("large", { seq: 6, pad: "x".repeat(300) });
        const round = {};
        round.round = round;
        deliver("encode", round);
        await Promise.all([expired, timeout]);
        socket.resume();
      }, url);
      await page.until(() => kit.entries("settled", "a").length === 8);
      const told = await page.run(() =>
        Object.fromEntries(
          kit.entries("settled", "a").map(({ key, fate, sent }) => [key, [fate, sent ?? null]]),
        ),
      );
      assert.deepEqual(told, {
        old: ["replaced", false],
        full: ["queue-full", false],
        large: ["too-large", false],
        encode: ["encode", null],
        expired: ["expired", false],
        timeout: ["timeout", false],
        kept: ["done", null],
        new: ["done", null],
      });
      await page.run(() => kit.barrier("a"));
      assert.deepEqual((await server.sink("d")).seqs, [0, 2]);
      assert.equal(await page.run(() => kit.entries("drop", "a").length), 0);
    });

    test("timeout of what was sent: `timeout`, sent, and it goes no second time", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d", pongs: "drop" });
      await page.run(async (url) => {
        const socket = kit.connect("a", url, {
          delivery: "at-least-once",
          heartbeat: kit.heartbeat("a"),
          backoff: { initial: 50 },
        });
        await socket.opened();
        const late = socket.deliver({ seq: 0 }, { until: "confirmed", timeout: 700 });
        kit.follow("a", 0, late);
      }, url);
      await page.until(() => kit.entries("settled", "a").length === 1);
      const [{ fate, sent }] = await page.run(() => kit.entries("settled", "a"));
      assert.deepEqual([fate, sent], ["timeout", true]);
      await page.run(() => kit.barrier("a"));
      await server.control({ action: "kill", client: "d" });
      await page.until(() => kit.entries("open", "a").length === 2);
      await page.run(() => kit.barrier("a"));
      assert.deepEqual((await server.sink("d")).seqs, [0]);
    });

    test("an abort rejects with its reason: what has not left never will, what has left is not repeated", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d", pongs: "drop" });
      await page.run((url) => {
        const socket = kit.connect("a", url, {
          delivery: "at-least-once",
          heartbeat: kit.heartbeat("a"),
          backoff: { initial: 50 },
        });
        window.abort = new AbortController();
        const { signal } = abort;
        kit.follow("a", "queued", socket.deliver({ seq: 0 }, { signal }));
        abort.abort(new Error("never mind"));
        kit.follow("a", "aborted", socket.deliver({ seq: 1 }, { signal }));
        window.abort = new AbortController();
        const later = { until: "confirmed", signal: abort.signal };
        kit.follow("a", "sent", socket.deliver({ seq: 2 }, later));
      }, url);
      await page.reached("a", "open");
      await page.run(() => kit.barrier("a"));
      await page.run(() => abort.abort(new Error("no longer")));
      await page.until(() => kit.entries("settled", "a").length === 3);
      const told = await page.run(() =>
        kit.entries("settled", "a").map(({ key, message }) => [key, message]),
      );
      assert.deepEqual(Object.fromEntries(told), {
        queued: "never mind",
        aborted: "never mind",
        sent: "no longer",
      });
      await server.control({ action: "kill", client: "d" });
      await page.until(() => kit.entries("open", "a").length === 2);
      await page.run(() => kit.barrier("a"));
      assert.deepEqual((await server.sink("d")).seqs, [2]);
    });

    test("a kill: what was sent is `unconfirmed`, what was queued goes on, none goes twice", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d", pongs: "drop" });
      await page.run((url) => {
        const heartbeat = kit.heartbeat("a");
        const socket = kit.connect("a", url, { heartbeat, backoff: { initial: 50 } });
        const states = new Set();
        socket.addEventListener("state", ({ state }) => {
          if (state.name !== "waiting" || states.size) return;
          states.add(state.name);
          for (const seq of [10, 11]) kit.follow("a", seq, socket.deliver({ seq }));
        });
        for (let seq = 0; seq < 5; seq += 1)
          kit.follow("a", seq, socket.deliver({ seq }, { until: "confirmed" }));
      }, url);
      await page.reached("a", "open");
      await page.run(() => kit.barrier("a"));
      await server.control({ action: "kill", client: "d" });
      await page.until(() => kit.entries("settled", "a").length === 7);
      const told = await page.run(() =>
        kit.entries("settled", "a").map(({ key, fate, sent }) => [key, fate, sent]),
      );
      assert.deepEqual(told.slice(0, 5), [
        [0, "unconfirmed", true],
        [1, "unconfirmed", true],
        [2, "unconfirmed", true],
        [3, "unconfirmed", true],
        [4, "unconfirmed", true],
      ]);
      assert.deepEqual(
        told.slice(5).map(([key, fate]) => [key, fate]),
        [
          [10, "done"],
          [11, "done"],
        ],
      );
      await page.run(() => kit.barrier("a"));
      assert.deepEqual((await server.sink("d")).seqs, [0, 1, 2, 3, 4, 10, 11]);
    });

    test("a half-open stall: found by the ping that was to confirm, `unconfirmed`, sent, and never received", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d" });
      await page.run((url) => {
        const heartbeat = kit.heartbeat("a");
        kit.connect("a", url, { heartbeat, confirmWithin: 20, backoff: { initial: 50 } });
        return kit.sockets.a.deliver({ seq: 0 }, { until: "confirmed" }); // measured: pongs are due within 2 s
      }, url);
      await server.control({ action: "stall", client: "d" });
      await page.run(() => {
        for (const seq of [1, 2])
          kit.follow("a", seq, kit.sockets.a.deliver({ seq }, { until: "confirmed" }));
      });
      await page.until(() => kit.entries("open", "a").length === 2);
      const { told, causes } = await page.run(() => ({
        told: kit.entries("settled", "a").map(({ key, fate, sent }) => [key, fate, sent]),
        causes: kit
          .entries("state", "a")
          .filter((it) => it.state.name === "waiting")
          .map((it) => it.cause.kind),
      }));
      assert.deepEqual(told, [
        [1, "unconfirmed", true],
        [2, "unconfirmed", true],
      ]);
      assert.deepEqual(causes, ["heartbeat"]);
      await page.run(() => kit.sockets.a.deliver({ seq: 3 }, { until: "confirmed" }));
      assert.deepEqual((await server.sink("d")).seqs, [0, 3]);
    });

    test("close(): `closed` for what never left, `unconfirmed` for what did", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d", pongs: "drop" });
      await page.run(async (url) => {
        const heartbeat = kit.heartbeat("a");
        const socket = kit.connect("a", url, { heartbeat });
        await socket.opened();
        kit.follow("a", "sent", socket.deliver({ seq: 0 }, { until: "confirmed" }));
        await kit.barrier("a");
        const closed = socket.close();
        kit.follow("a", "late", socket.deliver({ seq: 1 }));
        await closed;
        kit.follow("a", "later", socket.deliver({ seq: 2 }, { until: "confirmed" }));

        const paused = kit.connect("b", url, { heartbeat: kit.heartbeat("b") });
        paused.pause();
        kit.follow("a", "queued", paused.deliver({ seq: 3 }, { until: "confirmed" }));
        await paused.close();
      }, url);
      await page.until(() => kit.entries("settled", "a").length === 4);
      const told = await page.run(() =>
        kit.entries("settled", "a").map(({ key, fate, sent }) => [key, [fate, sent]]),
      );
      assert.deepEqual(Object.fromEntries(told), {
        sent: ["unconfirmed", true],
        late: ["closed", false],
        later: ["closed", false],
        queued: ["closed", false],
      });
      assert.deepEqual((await server.sink("d")).seqs, [0]);
    });

    test("promises that nobody looks at are never unhandled rejections, whatever becomes of them", async ({
      server,
      page,
    }) => {
      // That the guard would see one.
      page.guard.allow(/the guard sees this/);
      await page.run(() => kit.forget("the guard sees this"));
      await page.until(() => kit.entries("unhandledrejection").length === 1);

      const url = server.ws("/ws/rpc", { client: "d", pongs: "drop" });
      await page.run(async (url) => {
        const requests = {
          id: (m) => (m.type === "reply" ? m.id : undefined),
          stamp: (m, id) => ({ type: "request", id, ...m }),
          max: 3,
        };
        const options = { heartbeat: kit.heartbeat("a"), requests, backoff: { initial: 50 } };
        const socket = kit.connect("a", url, { ...options, queue: { maxMessages: 5 } });
        const confirmed = { until: "confirmed" };
        const signal = AbortSignal.abort(new Error("aborted before"));
        await socket.opened();
        socket.deliver({ seq: 0 }, confirmed); // unconfirmed
        socket.deliver({ seq: 0 }, { ...confirmed, timeout: 10 });
        socket.deliver({ seq: 0 }, { until: "never" }); // option
        socket.deliver({ seq: 0 }, { signal });
        socket.deliver(1n); // encode
        socket.request({ method: "never" }); // unanswered
        socket.request({ method: "never" }, { timeout: 10 });
        socket.request({ method: "never" }, { signal });
        for (let n = 0; n < 4; n += 1) socket.request({ method: "never" }); // too many
        socket.flushed({ timeout: 10 });
        socket.drained(-1); // option
        socket.drained(0, { signal });
        socket.reauthenticate(); // option
        socket.opened({ signal });
        await kit.barrier("a");
        const broken = kit.until(() => kit.states("a").includes("waiting"));
        socket.send({ type: "control", action: "kill" });
        await broken;
        socket.pause();
        for (let n = 0; n < 7; n += 1) socket.deliver({ seq: 1 }); // closed, queue-full
        socket.deliver({ seq: 1, pad: "x".repeat(2_000_000) }); // too-large
        socket.flushed();
        socket.opened();
        await socket.close();
        socket.deliver({ seq: 2 }, confirmed);
        socket.request({ method: "never" });
        socket.flushed();
        socket.opened();
        await new Promise((resolve) => setTimeout(resolve, 50)); // the timeouts of 10 ms are over
      }, url);
      assert.equal(await page.run(() => kit.entries("unhandledrejection").length), 1);
    });

    test(
      "flushed() and drained() wait for a slow reader: what the browser still holds counts",
      async ({ server, page }) => {
        const url = server.ws("/ws/sink", { client: "d" });
        await page.run((url) => {
          window.natives = [];
          kit.connect("a", url, { WebSocket: kit.watched(natives) });
        }, url);
        await page.reached("a", "open");
        await server.control({ action: "stall", client: "d" });
        // More than the buffers of both systems hold.
        const before = await page.run(async () => {
          const socket = kit.sockets.a;
          const pad = "x".repeat(1_000_000);
          for (let seq = 0; seq < 40; seq += 1) socket.send({ seq, pad });
          const errors = [
            socket.flushed({ timeout: 400 }),
            socket.drained(65_536, { timeout: 400 }),
          ];
          const codes = await Promise.all(errors.map((it) => it.catch((error) => error.code)));
          return [codes, natives[0].bufferedAmount];
        });
        assert.deepEqual(before[0], ["timeout", "timeout"]);
        assert.ok(before[1] > 1_000_000, `the browser holds only ${before[1]} bytes`);

        await page.run(() => {
          const socket = kit.sockets.a;
          const left = (what) => note(what, natives[0].bufferedAmount);
          const note = (what, bytes) => kit.note(what, { bytes });
          socket.drained(5_000_000).then(() => left("drained"));
          socket.flushed().then(() => left("flushed"));
        });
        await server.control({ action: "stall", client: "d", ms: 0 });
        await page.until(() => kit.entries("flushed").length > 0);
        const { drained, flushed } = await page.run(() => ({
          drained: kit.entries("drained")[0].bytes,
          flushed: kit.entries("flushed")[0].bytes,
        }));
        assert.ok(drained <= 5_000_000, `drained(5,000,000) left ${drained} bytes`);
        assert.equal(flushed, 0);
        await page.run(() => kit.barrier("a"));
        assert.equal((await server.sink("d")).seqs.length, 40);
      },
      { timeout: 60_000 },
    );

    test("a sender that awaits drained() never gets further ahead than it asked for", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d" });
      const most = await page.run(async (url) => {
        window.natives = [];
        const socket = kit.connect("a", url, { WebSocket: kit.watched(natives) });
        await socket.opened();
        const pad = "x".repeat(100_000);
        let most = 0;
        for (let seq = 0; seq < 30; seq += 1) {
          await socket.drained(150_000);
          socket.send({ seq, pad });
          most = Math.max(most, natives[0].bufferedAmount);
        }
        await socket.flushed();
        return most;
      }, url);
      assert.ok(most <= 150_000 + 101_000, `${most} bytes`);
      await page.run(() => kit.barrier("a"));
      assert.equal((await server.sink("d")).seqs.length, 30);
    });

    test("flushed() waits for the queue and for confirmations, and rejects when the socket closes", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d", pongs: 400, fault: "slow", ms: 200 });
      await page.run((url) => {
        const socket = kit.connect("a", url, {
          delivery: "at-least-once",
          heartbeat: kit.heartbeat("a"),
          confirmWithin: 10,
        });
        for (const seq of [0, 1, 2]) socket.send({ seq });
        socket.flushed().then(() => {
          const { heldMessages, unconfirmed } = socket.stats();
          const pongs = kit.entries("pong").length;
          kit.note("flushed", { heldMessages, unconfirmed, pongs });
        });
      }, url);
      await page.until(() => kit.entries("flushed").length > 0);
      const [flushed] = await page.run(() => kit.entries("flushed"));
      assert.deepEqual(
        [flushed.heldMessages, flushed.unconfirmed, flushed.pongs > 0],
        [0, 0, true],
      );
      assert.deepEqual((await server.sink("d")).seqs, [0, 1, 2]);
      await page.run(async () => {
        const socket = kit.sockets.a;
        socket.pause();
        socket.send({ seq: 3 });
        kit.follow("a", "flushed", socket.flushed());
        kit.follow("a", "drained", socket.drained(5));
        await socket.close();
      });
      await page.until(() => kit.entries("settled", "a").length === 2);
      assert.deepEqual(await page.run(() => kit.fates("a")), {
        flushed: "closed",
        drained: "closed",
      });
    });

    test("late pongs: each confirms what was sent before its ping, and nothing sent since", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d", pongs: 500 });
      await page.run((url) => {
        const socket = kit.connect("a", url, {
          heartbeat: kit.heartbeat("a"),
          WebSocket: kit.watched([], (data) => {
            // Right behind the first ping, and so not covered by it.
            if (data.includes('"ping"') && !kit.entries("behind").length) {
              kit.note("behind");
              queueMicrotask(() =>
                kit.follow("a", 1, socket.deliver({ seq: 1 }, { until: "confirmed" })),
              );
            }
            return data;
          }),
          confirmWithin: 10,
        });
        kit.follow("a", 0, socket.deliver({ seq: 0 }, { until: "confirmed" }));
      }, url);
      await page.until(() => kit.entries("settled", "a").length === 2);
      const order = await page.run(() =>
        kit.log
          .filter((it) => ["behind", "pong", "settled"].includes(it.what))
          .map((it) => (it.what === "settled" ? `${it.key} ${it.fate}` : it.what)),
      );
      assert.deepEqual(order, ["behind", "pong", "0 done", "pong", "1 done"]);
      assert.deepEqual((await server.sink("d")).seqs, [0, 1]);
    });

    test("doubled pongs: with ids the second of each confirms nothing", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d", pongs: "double" });
      await page.run((url) => {
        const socket = kit.connect("a", url, { heartbeat: kit.heartbeat("a"), confirmWithin: 200 });
        kit.follow("a", 0, socket.deliver({ seq: 0 }, { until: "confirmed" }));
        // Between the two pongs.
        const between = () =>
          kit.follow("a", 1, socket.deliver({ seq: 1 }, { until: "confirmed" }));
        socket.addEventListener("latency", between, { once: true });
      }, url);
      await page.until(() => kit.entries("settled", "a").length === 2);
      const order = await page.run(() =>
        kit.log
          .filter((it) => it.what === "pong" || it.what === "settled")
          .map((it) => (it.what === "pong" ? `pong ${it.id}` : `${it.key} ${it.fate}`)),
      );
      assert.deepEqual(order.slice(0, 5), ["pong 1", "0 done", "pong 1", "pong 2", "1 done"]);
      assert.equal((await server.connections("d")).total, 1);
    });

    test("unasked pongs: with ids they confirm nothing and end nothing", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d", pongs: 700 });
      await page.run((url) => {
        kit.connect("a", url, { heartbeat: kit.heartbeat("a"), confirmWithin: 10 });
        kit.follow("a", 0, kit.sockets.a.deliver({ seq: 0 }, { until: "confirmed" }));
      }, url);
      await page.reached("a", "open");
      for (const id of [7, 99, 4_000_000_000])
        await server.control({ action: "pong", client: "d", id });
      await page.until(() => kit.entries("settled", "a").length === 1);
      const order = await page.run(() =>
        kit.log
          .filter((it) => it.what === "pong" || it.what === "settled")
          .map((it) => it.id ?? it.key),
      );
      assert.deepEqual(order, [7, 99, 4_000_000_000, 1, 0]);
      assert.deepEqual(await page.run(() => kit.messages("a")), []);
      assert.equal((await server.connections("d")).total, 1);
    });

    test("without ids a pong that comes after its ping was given up confirms no more than that ping", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "d" });
      await page.run((url) => {
        const heartbeat = kit.heartbeat("a", { ids: false });
        const socket = kit.connect("a", url, { heartbeat, confirmWithin: 20 });
        return socket.deliver({ seq: 0 }, { until: "confirmed" }); // pongs are now due within 2 s
      }, url);
      // Later than that, while the echo shows that the link lives.
      await server.control({ action: "delay-pongs", client: "d", ms: 3_000 });
      await page.run(() => {
        const socket = kit.sockets.a;
        const chatter = setInterval(() => socket.send({ chatter: 1 }), 100);
        kit.follow("a", 1, socket.deliver({ seq: 1 }, { until: "confirmed" }));
        kit
          .until(() => kit.entries("settled", "a").length === 2)
          .then(() => clearInterval(chatter));
        // The first ping goes out after 20 ms and is over after 2 s: this is sent between it and the second.
        const later = () => kit.follow("a", 2, socket.deliver({ seq: 2 }, { until: "confirmed" }));
        setTimeout(later, 1_000);
      });
      await page.until(() => kit.entries("settled", "a").length === 2);
      const order = await page.run(() =>
        kit.log
          .filter((it) => it.what === "pong" || it.what === "settled")
          .slice(1)
          .map((it) => (it.what === "pong" ? "pong" : it.key)),
      );
      assert.deepEqual(order.slice(0, 2), ["pong", 1]);
      assert.equal(order.at(-1), 2);
      assert.ok(order.slice(2).includes("pong"), `confirmed by no pong of its own: ${order}`);
      assert.equal((await server.connections("d")).total, 1);
    });

    test("dropped pongs: on a link that lives nothing is confirmed until pongs come again, and nothing breaks", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/echo", { client: "d" });
      await page.run((url) => {
        const socket = kit.connect("a", url, {
          heartbeat: kit.heartbeat("a"),
          confirmWithin: 20,
        });
        return socket.deliver({ seq: 0 }, { until: "confirmed" });
      }, url);
      await server.control({ action: "drop-pongs", client: "d", on: true });
      await page.run(() => {
        const socket = kit.sockets.a;
        window.chatter = setInterval(() => socket.send({ chatter: 1 }), 100);
        kit.follow("a", 1, socket.deliver({ seq: 1 }, { until: "confirmed" }));
      });
      // Two pings are given up.
      await page.until(() => kit.messages("a").filter((it) => it.chatter).length >= 45);
      assert.deepEqual(await page.run(() => kit.fates("a")), {});
      await server.control({ action: "drop-pongs", client: "d", on: false });
      await page.until(() => kit.entries("settled", "a").length === 1);
      await page.run(() => clearInterval(chatter));
      assert.deepEqual(await page.run(() => kit.fates("a")), { 1: "done" });
      assert.equal((await server.connections("d")).total, 1);
    });

    test("at least once: everything arrives through kills, once by its mid, in order on every link", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d" });
      const count = 900;
      await page.run(
        (url, count) => {
          window.natives = [];
          const socket = kit.connect("a", url, {
            delivery: "at-least-once",
            stamp: (message, mid) => ({ ...message, mid }),
            heartbeat: kit.heartbeat("a"),
            confirmWithin: 30,
            backoff: { initial: 50 },
            WebSocket: kit.watched(natives),
          });
          let seq = 0;
          window.fates = new Set();
          window.limit = 700;
          const some = () => {
            for (let n = 0; n < 3 && seq < limit; n += 1) fates.add(socket.send({ seq: seq++ }));
            kit.note("progress", { seq });
            if (seq < count) setTimeout(some, 8);
          };
          some();
        },
        url,
        count,
      );
      for (let n = 1; n <= 3; n += 1) {
        await page.until(
          (n) => kit.entries("progress").at(-1).seq >= n * 200 && kit.isIn("a", "open"),
          n,
        );
        if (n === 3) {
          // Certainly received, and certainly not confirmed: these come twice.
          await page.until(() => kit.entries("progress").at(-1).seq === 700);
          await server.control({ action: "drop-pongs", client: "d", on: true });
          await page.run(() => {
            limit += 50;
            return kit.until(() => kit.entries("progress").at(-1).seq === 750);
          });
          await page.run(() => kit.barrier("a"));
          await page.run((count) => {
            limit = count;
          }, count);
        }
        await server.control({ action: "kill", client: "d" });
        await page.until((n) => kit.entries("open", "a").length === n + 1, n);
      }
      await page.until((count) => kit.entries("progress").at(-1).seq === count, count);
      await page.run(() => kit.sockets.a.flushed());
      const sink = await server.sink("d");
      const numbers = Array.from({ length: count }, (_, seq) => seq);
      assert.deepEqual(sink.unique, numbers);
      assert.equal(sink.connections, 4);
      assert.equal(sink.doubles, sink.seqs.length - count);
      assert.ok(sink.doubles > 0, "nothing came twice");
      const backwards = sink.seqs.filter((seq, i) => i > 0 && seq <= sink.seqs[i - 1]);
      assert.ok(backwards.length <= 3, `the order broke off ${backwards.length} times`);
      const links = await page.run(() =>
        natives.map(({ frames }) =>
          frames.map((it) => JSON.parse(it).seq).filter((seq) => seq !== undefined),
        ),
      );
      for (const [n, link] of links.entries())
        for (let i = 1; i < link.length; i += 1)
          assert.equal(link[i], link[i - 1] + 1, `link ${n}`);
      const { fates, drops, stats } = await page.run(() => ({
        fates: [...fates],
        drops: kit.entries("drop", "a").length,
        stats: kit.plain(kit.sockets.a.stats()),
      }));
      assert.ok(!fates.includes("dropped") && fates.includes("sent"));
      assert.deepEqual(
        [drops, stats.heldMessages, stats.heldBytes, stats.unconfirmed],
        [0, 0, 0, 0],
      );
    });

    test("open and restore are told how many messages of the last link no pong has confirmed", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d" });
      const told = await page.run(async (url) => {
        const told = [];
        const socket = kit.connect("a", url, {
          heartbeat: kit.heartbeat("a"),
          confirmWithin: 20,
          restore: (_, { unconfirmed }) => told.push(unconfirmed),
          backoff: { initial: 50 },
        });
        await socket.opened();
        await socket.deliver({ seq: 0 }, { until: "confirmed" });
        const again = (n) => kit.until(() => kit.entries("open", "a").length === n);
        socket.send({ type: "control", action: "drop-pongs", on: true });
        for (let seq = 1; seq <= 5; seq += 1) socket.send({ seq });
        socket.send({ type: "control", action: "kill" });
        await again(2);
        await socket.deliver({ seq: 6 }, { until: "confirmed" });
        socket.reconnect();
        await again(3);
        return { told, open: kit.entries("open", "a").map((it) => it.unconfirmed) };
      }, url);
      assert.deepEqual(told, { told: [0, 7, 0], open: [0, 7, 0] });
    });

    test("close() with drain waits for the confirmation, and says goodbye after it", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d", pongs: 500 });
      await page.run(async (url) => {
        const heartbeat = kit.heartbeat("a");
        const socket = kit.connect("a", url, { heartbeat });
        await socket.opened();
        for (const seq of [0, 1])
          kit.follow("a", seq, socket.deliver({ seq }, { until: "confirmed" }));
        await socket.close(1000, "bye", { drain: 10_000 });
        kit.note("over");
      }, url);
      const order = await page.run(() =>
        kit.log
          .filter((it) => ["pong", "settled", "over"].includes(it.what))
          .map((it) => (it.what === "settled" ? `${it.key} ${it.fate}` : it.what)),
      );
      assert.deepEqual(order, ["pong", "0 done", "1 done", "over"]);
      const { connections } = await server.wait({ client: "d", closed: 1 });
      assert.deepEqual(connections[0].close, { code: 1000, reason: "bye" });
      assert.deepEqual((await server.sink("d")).seqs, [0, 1]);
    });

    test("close() with drain goes on over a break: at-least-once sends again, and then says goodbye", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d" });
      await page.run((url) => {
        kit.connect("a", url, {
          delivery: "at-least-once",
          stamp: (message, mid) => ({ ...message, mid }),
          heartbeat: kit.heartbeat("a"),
          backoff: { initial: 50 },
        });
      }, url);
      await page.reached("a", "open");
      // On this link alone: the next one answers.
      await server.control({ action: "drop-pongs", client: "d", on: true });
      await page.run(async () => {
        const socket = kit.sockets.a;
        for (const seq of [0, 1]) socket.send({ seq });
        await kit.barrier("a");
        window.closed = socket.close(1000, "", { drain: 10_000 }).then(() => kit.note("over"));
      });
      await server.control({ action: "kill", client: "d" });
      await page.until(() => kit.entries("over").length > 0);
      const { unique, doubles } = await server.sink("d");
      assert.deepEqual([unique, doubles >= 2], [[0, 1], true]);
      assert.equal(await page.run(() => kit.entries("drop", "a").length), 0);
    });

    test("close() with drain over a link that died gives up in time, with `unconfirmed`", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "d" });
      await page.run((url) => {
        const heartbeat = kit.heartbeat("a");
        kit.connect("a", url, { heartbeat });
      }, url);
      await page.reached("a", "open");
      await server.control({ action: "stall", client: "d" });
      await page.run(async () => {
        const socket = kit.sockets.a;
        kit.follow("a", 0, socket.deliver({ seq: 0 }, { until: "confirmed" }));
        await socket.close(1000, "", { drain: 500 });
      });
      const [{ fate, sent }] = await page.run(() => kit.entries("settled", "a"));
      assert.deepEqual([fate, sent], ["unconfirmed", true]);
    });
  },
  { together: 3 },
);
