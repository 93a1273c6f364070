// Pipes through a socket, over streams of the browser's where it has them: through breaks, in both directions.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

const COUNT = 3_000;
const numbers = Array.from({ length: COUNT }, (_, index) => index + 1);

suite("pipes through a socket", ({ test, name }) => {
  test("the browser's own streams are used where there are any", async ({ server, page }) => {
    const made = await page.run(async (url) => {
      let count = 0;
      const Native = globalThis.WebSocketStream;
      if (Native) {
        globalThis.WebSocketStream = class extends Native {
          constructor(...given) {
            super(...given);
            count++;
          }
        };
      }
      const socket = kit.connect("one", url, { transport: "stream" });
      await socket.opened();
      socket.send({ here: 1 });
      await kit.until(() => kit.messages("one").length === 1);
      await socket.close(3001, "done");
      return { count, ...kit.entries("close", "one")[0] };
    }, server.ws("/ws/echo"));
    assert.equal(made.count, name === "chromium" ? 1 : 0);
    assert.deepEqual([made.code, made.reason, made.wasClean], [3001, "done", true]);
  });

  const pipedIn = async ({ server, page }, breaks, reads) => {
    const url = server.ws("/ws/sink", { client: "up" });
    await page.run(
      (url, count, reads) => {
        const socket = kit.connect("up", url, {
          transport: "stream",
          backoff: { initial: 60 },
          heartbeat: kit.heartbeat("up", { interval: 300 }),
          delivery: "at-least-once",
          confirmWithin: 20,
          stamp: (message, mid) => ({ ...message, mid }),
          queue: { maxMessages: 200 },
        });
        if (reads) socket.readable.pipeTo(new WritableStream());
        let pulled = 0;
        const gates = [0.2, 0.6].map((part) => part * count);
        const source = new ReadableStream({
          async pull(controller) {
            if (pulled === gates[0]) {
              gates.shift();
              await new Promise((resolve) => {
                window.pass = resolve;
                kit.note("gate");
              });
            }
            if (pulled === count) controller.close();
            else controller.enqueue({ seq: ++pulled });
          },
        });
        kit.follow("up", "pipe", source.pipeTo(socket.writable));
      },
      url,
      COUNT,
      reads,
    );
    for (const gate of [1, 2]) {
      await page.until((gate) => kit.entries("gate").length === gate, gate);
      await server.control({ ...breaks, client: "up" });
      await page.run(() => pass());
    }
    await page.untilFor(35_000, () => kit.fates("up").pipe);
    assert.equal(await page.run(() => kit.fates("up").pipe), "done");
    assert.equal(
      await page.run(() => kit.sockets.up.state.name),
      "closed",
      "as with WebSocketStream",
    );
    assert.ok((await server.connections("up")).total >= 3, "no break");
    assert.deepEqual((await server.sink("up")).unique, numbers);
  };

  test("what is piped in arrives once and in order through breaks", (world) =>
    pipedIn(world, { action: "kill" }, false));

  // Not through resets: Chromium 156 ends the tab when one meets a WebSocketStream that still has something to send. So
  // who only writes gets a plain connection, and the test above has none of these.
  test("and so it does while something is read, through closes by the server", async (world) => {
    await pipedIn(world, { action: "close", code: 1011, reason: "" }, true);
  });

  test("what is piped out is whole and in order through breaks", async ({ server, page }) => {
    const url = server.ws("/ws/flood", { client: "down", count: 0, rate: 2_000 });
    await page.run((url) => {
      let last = 0;
      const socket = tautline.connect(
        () => {
          const next = new URL(url);
          next.searchParams.set("from", last + 1);
          return next;
        },
        { transport: "stream", backoff: { initial: 60 }, highWaterMark: 5_000 },
      );
      socket.subscribe(({ seq }) => {
        last = seq;
      });
      window.opens = 0;
      socket.addEventListener("open", () => {
        opens++;
      });
      window.got = [];
      const sequence = new TransformStream({
        transform({ seq }, controller) {
          controller.enqueue(seq);
        },
      });
      const sink = new WritableStream({
        write(seq) {
          got.push(seq);
          if (seq % 100 === 0) kit.note("progress");
        },
      });
      socket.readable.pipeThrough(sequence).pipeTo(sink);
    }, url);
    for (const [before, part] of [0.2, 0.6].entries()) {
      await page.until((least) => got.length >= least, COUNT * part);
      await server.control({ action: "kill", client: "down" });
      // A slow machine may have read all there is to read before it hears of the break.
      await page.until((before) => opens > before, before + 1);
    }
    await page.untilFor(30_000, (count) => got.length >= count, COUNT);
    assert.deepEqual(await page.run((count) => got.slice(0, count), COUNT), numbers);
    assert.ok((await server.connections("down")).total >= 3, "no break");
  });
});
