// Numbered streams in both directions through repeated breaks: every message is accounted for.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

const COUNT = 4_000;
const BREAKS = 4;

suite("numbered streams", ({ test }) => {
  test(
    "to the server: in order, no doubles; what is missing was reported, by drop or as unconfirmed",
    async ({ server, page }) => {
      const url = server.ws("/ws/sink", { client: "up" });
      await page.run(
        (url, count) => {
          window.fates = [];
          const socket = kit.connect("up", url, {
            backoff: { initial: 60 },
            heartbeat: {
              interval: 300,
              ping: (id) => ({ type: "ping", id }),
              isPong: (m) => m.type === "pong" && typeof m.id === "number" && m.id,
            },
            queue: { maxMessages: 150 },
          });
          // Bursts, each in a task of its own, so that breaks fall between them.
          const channel = new MessageChannel();
          channel.port1.onmessage = () => {
            const end = Math.min(count, fates.length + 5);
            while (fates.length < end) fates.push(socket.send({ seq: fates.length }));
            if (fates.length % 100 === 0) kit.note("progress", { sent: fates.length });
            if (fates.length < count) setTimeout(() => channel.port2.postMessage(0), 0);
            else kit.note("all sent");
          };
          channel.port2.postMessage(0);
        },
        url,
        COUNT,
      );

      for (let n = 1; n <= BREAKS; n += 1) {
        await page.until((n) => kit.entries("open", "up").length >= n, n);
        const base = await page.run(() => fates.length);
        await page.until(
          (least) => fates.length >= least || kit.entries("all sent").length > 0,
          base + 100,
        );
        await server.control({ action: "kill", client: "up" });
        await page.until((n) => kit.states("up").filter((it) => it === "waiting").length >= n, n);
      }
      await page.until(() => kit.entries("all sent").length > 0);
      await page.reached("up", "open");
      await page.run(async () => {
        kit.sockets.up.send({ type: "ping", id: "last" });
        await kit.until(() => kit.messages("up").some((it) => it.id === "last")); // a pong that answers no ping of the heartbeat
      });

      const { seqs } = await server.sink("up");
      const { fates, drops, unconfirmed } = await page.run(() => ({
        fates,
        drops: kit.entries("drop", "up").map((it) => it.message.seq),
        unconfirmed: kit.entries("open", "up").reduce((sum, it) => sum + it.unconfirmed, 0),
      }));
      assert.equal(fates.length, COUNT);
      for (let i = 1; i < seqs.length; i += 1)
        assert.ok(seqs[i] > seqs[i - 1], `${seqs[i]} arrived after ${seqs[i - 1]}`);
      const arrived = new Set(seqs);
      const dropped = new Set(drops);
      assert.deepEqual(
        fates
          .flatMap((fate, seq) => (fate === "dropped" ? [seq] : []))
          .filter((seq) => !dropped.has(seq)),
        [],
        "dropped without a drop event",
      );
      const both = drops.filter((seq) => arrived.has(seq));
      assert.deepEqual(both, [], "reported as dropped, yet arrived");
      const lost = fates.flatMap((_, seq) => (arrived.has(seq) || dropped.has(seq) ? [] : [seq]));
      assert.ok(
        lost.length <= unconfirmed,
        `${lost.length} lost, ${unconfirmed} reported as unconfirmed`,
      );
      assert.ok(seqs.length > 0 && fates.includes("queued"), "the breaks did not show");
    },
    { timeout: 90_000 },
  );

  test(
    "from the server: resumed where it broke off, everything once and in order",
    async ({ server, page }) => {
      await page.run(
        (base, breaks, count) => {
          window.seqs = [];
          const next = () => `${base}&from=${seqs.length}`;
          const socket = kit.connect("down", next, { backoff: { initial: 60 } });
          socket.subscribe(({ seq }) => {
            seqs.push(seq);
            if (seqs.length % 100 === 0) kit.note("progress", { received: seqs.length });
            if (seqs.length >= count && kit.entries("open", "down").length > breaks) socket.close();
          });
        },
        server.ws("/ws/flood", { client: "down", count: 0, size: 100, rate: 2_000 }),
        BREAKS,
        COUNT,
      );

      for (let n = 1; n <= BREAKS; n += 1) {
        await page.until((n) => kit.entries("open", "down").length >= n, n);
        const base = await page.run(() => seqs.length);
        await page.until((least) => seqs.length >= least, base + 200);
        await server.control({ action: "kill", client: "down" });
      }
      await page.untilFor(30_000, () => kit.isIn("down", "closed"));
      const seqs = await page.run(() => seqs);
      assert.deepEqual(
        seqs,
        Array.from({ length: seqs.length }, (_, seq) => seq),
      );
      assert.ok(seqs.length >= COUNT);
    },
    { timeout: 90_000 },
  );

  test("both ways at once on one connection, text and binary, nothing lost without a break", async ({
    server,
    page,
  }) => {
    const url = server.ws("/ws/echo", { client: "both" });
    await page.run(
      (url, count) => {
        const codec = {
          encode: (n) => (n % 2 ? String(n) : new Uint32Array([n])),
          decode: (frame) =>
            typeof frame === "string" ? Number(frame) : new Uint32Array(frame)[0],
        };
        window.got = [];
        const socket = kit.connect("both", url, { codec, queue: { maxMessages: count } });
        socket.subscribe((n) => {
          if (got.push(n) === count) kit.note("all back");
        });
        for (let n = 0; n < count; n += 1) socket.send(n);
      },
      url,
      COUNT,
    );
    await page.until(() => kit.entries("all back").length > 0);
    assert.deepEqual(
      await page.run(() => got),
      Array.from({ length: COUNT }, (_, n) => n),
    );
    const { messagesSent, messagesReceived, queuedMessages } = await page.run(() =>
      kit.sockets.both.stats(),
    );
    assert.deepEqual([messagesSent, messagesReceived, queuedMessages], [COUNT, COUNT, 0]);
  });
});
