// Messages that wait: order, bounds, overflow, time to live, keys; and the restore step that goes before them.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

// While the socket is paused everything sent is queued; resume() lets it leave.
suite(
  "the queue",
  ({ test }) => {
    test("what is sent before open leaves in order, once", async ({ server, page }) => {
      const url = server.ws("/ws/sink", { client: "q", fault: "slow", ms: 300 });
      const fates = await page.run((url) => {
        kit.connect("a", url);
        return Array.from({ length: 50 }, (_, seq) => kit.sockets.a.send({ seq }));
      }, url);
      assert.deepEqual(new Set(fates), new Set(["queued"]));
      await page.reached("a", "open");
      assert.equal(await page.run(() => kit.sockets.a.send({ seq: 50 })), "sent");
      const seqs = await arrived(server, page);
      assert.deepEqual(
        seqs,
        Array.from({ length: 51 }, (_, seq) => seq),
      );
    });

    test("maxMessages with each overflow policy", async ({ server, page }) => {
      const result = await fill(page, server, "maxMessages", { maxMessages: 3 });
      assert.deepEqual(result.reject, {
        fates: "qqqdd",
        kept: [0, 1, 2],
        drops: [3, 4],
        codes: ["queue-full"],
      });
      assert.deepEqual(result["drop-oldest"], {
        fates: "qqqqq",
        kept: [2, 3, 4],
        drops: [0, 1],
        codes: ["queue-full"],
      });
      assert.deepEqual(result["drop-newest"], {
        fates: "qqqqq",
        kept: [0, 1, 4],
        drops: [2, 3],
        codes: ["queue-full"],
      });
    });

    test("maxBytes with each overflow policy, and a message larger than the whole queue", async ({
      server,
      page,
    }) => {
      const size = JSON.stringify({ seq: 0 }).length;
      const result = await fill(page, server, "maxBytes", { maxBytes: 3 * size });
      assert.deepEqual(result.reject, {
        fates: "qqqdd",
        kept: [0, 1, 2],
        drops: [3, 4],
        codes: ["queue-full"],
      });
      assert.deepEqual(result["drop-oldest"], {
        fates: "qqqqq",
        kept: [2, 3, 4],
        drops: [0, 1],
        codes: ["queue-full"],
      });
      assert.deepEqual(result["drop-newest"], {
        fates: "qqqqq",
        kept: [0, 1, 4],
        drops: [2, 3],
        codes: ["queue-full"],
      });
      const [fate, drop] = await page.run(() => {
        kit.sockets.reject.pause();
        return [
          kit.sockets.reject.send({ seq: 9, pad: "x".repeat(200) }),
          kit.entries("drop", "reject").at(-1),
        ];
      });
      assert.deepEqual([fate, drop.error.code], ["dropped", "too-large"]);
    });

    test("the bounds do not hold for what is sent while open", async ({ server, page }) => {
      const url = server.ws("/ws/sink", { client: "q" });
      await page.run(
        (url) => void kit.connect("a", url, { queue: { maxMessages: 1, maxBytes: 20 } }),
        url,
      );
      await page.reached("a", "open");
      const fates = await page.run(() =>
        Array.from({ length: 20 }, (_, seq) => kit.sockets.a.send({ seq })),
      );
      assert.deepEqual(new Set(fates), new Set(["sent"]));
      assert.equal((await arrived(server, page)).length, 20);
    });

    test("ttl: what waited too long is dropped and never sent; the queue's own ttl and one of its own", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "q" });
      await page.run((url) => {
        const socket = kit.connect("a", url, { queue: { ttl: 300 } });
        socket.pause();
        socket.send({ seq: 0 });
        socket.send({ seq: 1 }, { ttl: 60_000 });
        socket.send({ seq: 2 }, { ttl: 100 });
      }, url);
      await page.until(() => kit.entries("drop", "a").length === 2);
      const drops = await page.run(() =>
        kit.entries("drop", "a").map((it) => [it.message.seq, it.error.code]),
      );
      assert.deepEqual(drops, [
        [2, "expired"],
        [0, "expired"],
      ]);
      await page.run(() => kit.sockets.a.resume());
      await page.reached("a", "open");
      await page.run(() => kit.sockets.a.send({ seq: 3 }));
      assert.deepEqual(await arrived(server, page), [1, 3]);
    });

    test("key: a newer message takes the place of an older one still queued", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "q" });
      await page.run((url) => {
        const socket = kit.connect("a", url);
        socket.pause();
        socket.send({ seq: 0 }, { key: "position" });
        socket.send({ seq: 1 });
        socket.send({ seq: 2 }, { key: "position" });
        socket.send({ seq: 3 }, { key: "other" });
        socket.resume();
      }, url);
      assert.deepEqual(await arrived(server, page), [1, 2, 3]);
      const drops = await page.run(() =>
        kit.entries("drop", "a").map((it) => [it.message.seq, it.error.code]),
      );
      assert.deepEqual(drops, [[0, "replaced"]]);
    });

    test("close() reports what was still queued; afterwards send() drops", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "q" });
      const fate = await page.run(async (url) => {
        const socket = kit.connect("a", url);
        socket.pause();
        socket.send({ seq: 0 });
        socket.send({ seq: 1 });
        await socket.close();
        return socket.send({ seq: 2 });
      }, url);
      assert.equal(fate, "dropped");
      const drops = await page.run(() =>
        kit.entries("drop", "a").map((it) => [it.message.seq, it.error.code]),
      );
      assert.deepEqual(drops, [
        [0, "closed"],
        [1, "closed"],
        [2, "closed"],
      ]);
    });

    test("close() with drain waits for the open, sends the queue and then says goodbye", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "q", fault: "slow", ms: 300 });
      await page.run(async (url) => {
        const socket = kit.connect("a", url);
        for (let seq = 0; seq < 5; seq += 1) socket.send({ seq });
        await socket.close(1000, "", { drain: 5_000 });
      }, url);
      await server.wait({ client: "q", closed: 1 });
      assert.deepEqual((await server.sink("q")).seqs, [0, 1, 2, 3, 4]);
      assert.equal(await page.run(() => kit.entries("drop", "a").length), 0);
    });

    test("close() resolves within a second on a dead link", async ({ server, page }) => {
      const url = server.ws("/ws/echo", { client: "q" });
      await page.run((url) => void kit.connect("a", url), url);
      await page.reached("a", "open");
      await server.control({ action: "stall", client: "q" });
      const took = await page.run(async () => {
        const start = performance.now();
        await kit.sockets.a.close();
        return performance.now() - start;
      });
      assert.ok(took < 10_000, `${took} ms; the browser alone takes 20 to 60 s`);
      assert.equal((await page.reached("a", "closed")).why, "user");
    });

    test("a message that cannot be encoded is dropped with the reason, not thrown", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "q" });
      await page.run((url) => void kit.connect("a", url), url);
      await page.reached("a", "open");
      const fate = await page.run(() => {
        const round = {};
        round.round = round;
        return kit.sockets.a.send(round);
      });
      assert.equal(fate, "dropped");
      assert.equal(await page.run(() => kit.entries("drop", "a")[0].error.code), "encode");
      assert.equal(await page.run(() => kit.sockets.a.send({ seq: 1 })), "sent");
      assert.deepEqual(await arrived(server, page), [1]);
    });

    test("restore runs before the queue, on every open, and is told of the break", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "q" });
      await page.run((url) => {
        window.told = [];
        const restore = async (send, about) => {
          told.push(kit.plain(about));
          send({ seq: 100 });
          await new Promise((resolve) => setTimeout(resolve, 50));
          send({ seq: 101 });
        };
        const socket = kit.connect("a", url, { restore, backoff: { initial: 50 } });
        for (let seq = 0; seq < 3; seq += 1) socket.send({ seq });
      }, url);
      await page.reached("a", "open");
      assert.deepEqual(await page.run(() => kit.states("a").slice(-2)), ["restoring", "open"]);
      assert.deepEqual(await arrived(server, page), [100, 101, 0, 1, 2]);
      await page.run(() => kit.sockets.a.pause());
      await page.run(() => {
        kit.sockets.a.send({ seq: 3 });
        kit.sockets.a.resume();
      });
      await page.until(() => kit.entries("open", "a").length === 2);
      assert.deepEqual((await arrived(server, page)).slice(5), [100, 101, 3]);
      const told = await page.run(() => told);
      assert.deepEqual(
        told.map((it) => it.reconnected),
        [false, true],
      );
      assert.equal(typeof told[1].downtime, "number");
      assert.equal(typeof told[1].unconfirmed, "number");
    });

    test("a restore that throws, rejects or hangs is a failed attempt; the queue waits for one that does not", async ({
      server,
      page,
    }) => {
      const url = server.ws("/ws/sink", { client: "q" });
      await page.run((url) => {
        let calls = 0;
        const ways = [
          () => {
            throw new Error("not now");
          },
          () => Promise.reject(new Error("not now")),
          () => new Promise(() => {}),
          (send) => send({ seq: 100 }),
        ];
        const restore = (send) => ways[calls++](send);
        const socket = kit.connect("a", url, {
          restore,
          backoff: { initial: 50 },
          connectTimeout: 2_500, // for the one that hangs; a dial has to fit in
        });
        socket.send({ seq: 0 });
      }, url);
      assert.deepEqual(await arrived(server, page), [100, 0]);
      const causes = await page.run(() =>
        kit
          .entries("state", "a")
          .filter((it) => it.state.name === "waiting")
          .map((it) => it.cause.kind),
      );
      assert.deepEqual(causes, ["restore", "restore", "connect-timeout"]);
    });
  },
  { together: 3 },
);

/** Five messages into a paused socket per policy; what was kept arrives after resume(). */
async function fill(page, server, test, queue) {
  const policies = ["reject", "drop-oldest", "drop-newest"];
  const result = {};
  for (const overflow of policies) {
    const client = `${test}-${overflow}`;
    const fates = await page.run(
      (name, url, queue) => {
        const socket = kit.connect(name, url, { queue });
        socket.pause();
        return [0, 1, 2, 3, 4].map((seq) => socket.send({ seq }));
      },
      overflow,
      server.ws("/ws/sink", { client }),
      { ...queue, overflow },
    );
    await page.run((name) => kit.sockets[name].resume(), overflow);
    await page.reached(overflow, "open");
    const kept = await arrived(server, page, { name: overflow, client });
    const drops = await page.run((name) => kit.entries("drop", name), overflow);
    result[overflow] = {
      fates: fates.map((fate) => fate[0]).join(""),
      kept,
      drops: drops.map((it) => it.message.seq),
      codes: [...new Set(drops.map((it) => it.error.code))],
    };
  }
  return result;
}

/** What the sink got, in order: the answer to a ping sent last says that all before it has arrived. */
async function arrived(server, page, { name = "a", client = "q" } = {}) {
  await page.reached(name, "open");
  await page.run(async (name) => {
    const id = ++kit.serial;
    kit.sockets[name].send({ type: "ping", id });
    await kit.until(() => kit.messages(name).some((it) => it.type === "pong" && it.id === id));
  }, name);
  return (await server.sink(client)).seqs;
}
