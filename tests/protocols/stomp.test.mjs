// tautline/stomp against RabbitMQ: what the broker and the network do to a client, in both browsers.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before } from "node:test";
import { browserNames } from "../e2e/harness/browsers.mjs";
import { suite } from "../e2e/harness/suite.mjs";
import { pass, within } from "../e2e/harness/time.mjs";
import { TcpProxy } from "./brokers/proxy.mjs";
import { rabbitMq } from "./brokers/shared.mjs";

let rabbit;
before(async () => {
  rabbit = await rabbitMq();
});
after(() => rabbit?.stop());

/** The browsers share the broker: it is restarted once, when both have come so far. */
const restart = (() => {
  const waiting = [];
  return () =>
    new Promise((resolve, reject) => {
      waiting.push({ resolve, reject });
      if (waiting.length < browserNames.length) return;
      rabbit.restart().then(
        () => {
          for (const it of waiting) it.resolve();
        },
        (error) => {
          for (const it of waiting) it.reject(error);
        },
      );
    });
})();

/** In the page: a client under a name, what it told, and a way to wait for what it will. */
async function connect(name, url, options = {}) {
  const { connectStomp } = await import("/pkg/stomp/index.js");
  const client = connectStomp(url, {
    connectHeaders: { login: "guest", passcode: "guest" },
    backoff: { initial: 50, max: 500 },
    ...options,
  });
  const told = [];
  for (const type of ["state", "error", "drop", "latency"]) {
    client.addEventListener(type, ({ state, error, latency }) => {
      const { code, reason } = error ?? {};
      told.push({
        type,
        name: state?.name,
        why: state?.why,
        kind: state?.cause?.kind,
        close: state?.cause?.code,
        code,
        reason,
        latency,
      });
    });
  }
  globalThis.clients ??= {};
  clients[name] = Object.assign(client, { told });
  globalThis.happened = (client, wanted, count = 1) =>
    new Promise((resolve) => {
      const look = () => {
        const found = client.told.filter((it) =>
          Object.keys(wanted).every((key) => it[key] === wanted[key]),
        );
        if (found.length >= count) resolve(found[count - 1]);
        else client.addEventListener(wanted.type, () => queueMicrotask(look), { once: true });
      };
      look();
    });
  globalThis.take = async (subscription, count) => {
    const taken = [];
    const messages = subscription[Symbol.asyncIterator]();
    while (taken.length < count) taken.push((await messages.next()).value);
    return taken;
  };
  if (options.connectHeaders === undefined) await client.opened({ timeout: 20_000 });
  return client.version;
}

suite("STOMP with RabbitMQ", ({ test }) => {
  const queue = () => `/queue/tautline-${randomBytes(6).toString("hex")}`;
  /** A test with a client `a`, through a proxy. */
  const withProxy = (title, work, options) =>
    test(
      title,
      async ({ page, name }) => {
        const proxy = await TcpProxy.start(rabbit.stompUrl);
        try {
          await page.run(connect, "a", proxy.url, options);
          await work({ page, proxy, name });
          await page.run(() => Promise.all(Object.values(clients).map((client) => client.close())));
        } finally {
          await proxy.stop();
        }
      },
      { timeout: 60_000 },
    );

  withProxy(
    "two clients exchange text, JSON and bytes, headers and all",
    async ({ page, proxy }) => {
      await page.run(connect, "b", proxy.url, { connectFrame: "STOMP" });
      const seen = await page
        .run(async (queue) => {
          const { a, b } = clients;
          const inbox = b.subscribe(queue);
          await inbox.ready;
          const all = new Uint8Array(256).map((_, i) => i);
          a.send(queue, "grüße\n\0:\\", {
            contentType: "text/plain",
            headers: { "x:y": "a\nb\\c:d\r" },
          });
          a.send(queue, JSON.stringify({ n: 1 }), { contentType: "application/json" });
          a.send(queue, all, { contentType: "application/octet-stream" });
          a.send(queue);
          const [text, json, bytes, empty] = await take(inbox, 4);
          return {
            version: a.version,
            server: a.connected.server.split("/")[0],
            text: text.text(),
            header: text.headers["x:y"],
            destination: text.headers.destination === queue,
            json: json.json(),
            // RabbitMQ sends text frames, which a browser ends where they are no UTF-8: bytes below 128 come through.
            length: bytes.body.length,
            empty: empty.body.length,
          };
        }, queue())
        .catch((error) => ({ error: String(error) }));
      assert.deepEqual(seen, {
        version: "1.2",
        server: "RabbitMQ",
        text: "grüße\n\0:\\",
        header: "a\nb\\c:d\r",
        destination: true,
        json: { n: 1 },
        length: 256,
        empty: 0,
      });
    },
  );

  // RabbitMQ 3.10 breaks a connection now and then under such a burst: receipts and acknowledgements bear it.
  const safe = { delivery: "at-least-once", queue: { maxMessages: 4_000, maxBytes: 4_000_000 } };
  withProxy(
    "1,500 messages come each way, all of them and in order",
    async ({ page, proxy }) => {
      await page.run(connect, "b", proxy.url, safe);
      const seen = await page.runFor(
        40_000,
        async (up, down) => {
          const { a, b } = clients;
          const all = Array.from({ length: 1_500 }, (_, i) => String(i));
          const count = (client, queue) =>
            new Promise((resolve) => {
              const texts = new Set();
              client.subscribe(queue, { ack: "client-individual" }, (message) => {
                texts.add(message.text());
                // One of a connection that has broken meanwhile comes again.
                try {
                  message.ack();
                } catch {}
                if (texts.size === all.length) resolve([...texts].every((it, i) => it === all[i]));
              });
            });
          const inOrder = [count(b, up), count(a, down)];
          for (const text of all) {
            a.send(up, text);
            b.send(down, text);
          }
          return Promise.all(inOrder);
        },
        queue(),
        queue(),
      );
      assert.deepEqual(seen, [true, true]);
    },
    safe,
  );

  withProxy(
    "acknowledgements: nothing is lost to NACK or a cut, and old ones are refused",
    async ({ page, proxy }) => {
      const first = await page.run(async (queue) => {
        const { a } = clients;
        globalThis.inbox = a.subscribe(queue, { ack: "client-individual" });
        await inbox.ready;
        for (const text of ["one", "two"]) await a.send(queue, text, { receipt: true });
        const [one, two] = await take(inbox, 2);
        one.ack();
        two.nack();
        const again = (await take(inbox, 1))[0];
        globalThis.kept = again;
        const doubled = await Promise.resolve()
          .then(() => one.ack())
          .catch(({ reason }) => reason);
        return [again.text(), again.headers.redelivered, doubled];
      }, queue());
      assert.deepEqual(first, ["two", "true", "settled"]);
      proxy.cut();
      const second = await page.run(async () => {
        const [again] = await take(inbox, 1);
        let refused;
        try {
          kept.ack();
        } catch (error) {
          refused = error.reason;
        }
        await again.ack({ receipt: true });
        return [again.text(), again.headers.redelivered, refused];
      });
      assert.deepEqual(second, ["two", "true", "stale"]);
    },
  );

  withProxy("mode client: one ACK is for all messages before it", async ({ page, proxy }) => {
    const left = await page.run(async (queue) => {
      const { a } = clients;
      globalThis.inbox = a.subscribe(queue, { ack: "client" });
      await inbox.ready;
      for (const text of ["1", "2", "3"]) a.send(queue, text);
      const all = await take(inbox, 3);
      await all[1].ack({ receipt: true });
      return all.length;
    }, queue());
    assert.equal(left, 3);
    proxy.cut();
    assert.equal(await page.run(async () => (await take(inbox, 1))[0].text()), "3");
  });

  withProxy(
    "transactions take effect with COMMIT, and not with ABORT or a break",
    async ({ page, proxy }) => {
      const seen = await page.run(async (queue) => {
        const { a } = clients;
        globalThis.inbox = a.subscribe(queue);
        await inbox.ready;
        const aborted = a.begin();
        aborted.send(queue, "aborted");
        await aborted.abort();
        {
          const forgotten = a.begin();
          forgotten.send(queue, "forgotten");
          await forgotten[Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]();
        }
        const kept = a.begin();
        kept.send(queue, "kept");
        await kept.commit();
        globalThis.lost = a.begin();
        lost.send(queue, "lost");
        return (await take(inbox, 1))[0].text();
      }, queue());
      assert.equal(seen, "kept");
      proxy.cut();
      const after = await page.run(async () => {
        const { a } = clients;
        await happened(a, { type: "state", name: "open" }, 2);
        const outcome = await lost.commit().catch(({ reason }) => reason);
        a.send(inbox.destination, "after");
        return [outcome, (await take(inbox, 1))[0].text()];
      });
      assert.deepEqual(after, ["stale", "after"]);
    },
  );

  withProxy(
    "receipts are awaited, measure round trips, and say what a cut leaves open",
    async ({ page, proxy }) => {
      await page.run(async (queue) => {
        const { a } = clients;
        await a.send(queue, "x", { receipt: true });
        await happened(a, { type: "latency" });
      }, queue());
      proxy.stall();
      await page.run((queue) => {
        globalThis.fate = clients.a
          .send(queue, "y", { receipt: true })
          .then(() => "done")
          .catch(({ code, sent }) => [code, sent]);
      }, queue());
      proxy.resume();
      proxy.cut();
      const fate = await page.run(() => fate);
      assert.ok(fate === "done" || String(fate) === "unconfirmed,true", String(fate));
    },
  );

  withProxy(
    "at least once: what a cut in the middle swallows is sent again",
    async ({ page, proxy }) => {
      const name = queue();
      // Past the proxy: what the broker sends over a link that is cut is lost without acknowledgements.
      await page.run(connect, "b", rabbit.stompUrl);
      await page.run((queue) => {
        globalThis.inbox = clients.b.subscribe(queue, { highWaterMark: 10_000 });
        return inbox.ready;
      }, name);
      const cut = proxy.cutAfter(4_000, "up");
      const promised = page.runFor(
        40_000,
        async (queue) => {
          const { a } = clients;
          const wanted = new Set(Array.from({ length: 500 }, (_, i) => String(i)));
          for (const text of wanted) a.send(queue, text.padEnd(100));
          let last = -1;
          let inOrder = true;
          for await (const message of inbox) {
            const number = Number(message.text());
            // A double is of the part that is sent again; a gap is a loss.
            if (number > last + 1) inOrder = false;
            last = Math.max(last, number);
            wanted.delete(String(number));
            if (wanted.size === 0) return inOrder;
          }
          return false;
        },
        name,
      );
      await cut;
      assert.equal(await promised, true);
    },
    { delivery: "at-least-once" },
  );

  withProxy(
    "a message above maxMessageSize ends the connection, and the next one opens",
    async ({ page, proxy }) => {
      await page.run(connect, "b", proxy.url, { maxMessageSize: 2_000 });
      const kind = await page.run(async (queue) => {
        const { a, b } = clients;
        await b.subscribe(queue, {}, () => {}).ready;
        a.send(queue, "x".repeat(3_000));
        return (await happened(b, { type: "state", name: "waiting" })).kind;
      }, queue());
      assert.equal(kind, "too-large");
    },
  );

  withProxy(
    "heart-beats hold an idle link, and notice a dead one",
    async ({ page, proxy }) => {
      // More than twice the agreed time, after which RabbitMQ closes a silent connection.
      await page.run(async () => {
        const { a } = clients;
        const before = a.stats().messagesReceived;
        while (a.stats().messagesReceived < before + 4)
          await new Promise((it) => setTimeout(it, 100));
      });
      assert.equal(await page.run(() => clients.a.stats().reconnects), 0);
      proxy.stall();
      const { kind } = await page.runFor(20_000, () =>
        happened(clients.a, { type: "state", name: "waiting" }),
      );
      assert.equal(kind, "heartbeat");
      proxy.cut();
      proxy.resume();
      await page.run(() => happened(clients.a, { type: "state", name: "open" }, 2));
    },
    // A busy page or broker may say nothing for a second.
    { heartbeat: { outgoing: 2_000, incoming: 2_000 } },
  );

  test("wrong credentials end it, after they were asked for once more", async ({ page }) => {
    await page.run(connect, "a", rabbit.stompUrl, {
      connectHeaders: { login: "guest", passcode: "wrong" },
    });
    const seen = await page.run(async () => {
      const { a } = clients;
      const { why } = await happened(a, { type: "state", name: "closed" });
      const error = await happened(a, { type: "error", code: "stomp" });
      return [why, error.reason, a.told.filter(({ name }) => name === "authenticating").length];
    });
    assert.deepEqual(seen, ["unauthorized", "error", 2]);
  });

  test("close() says DISCONNECT and leaves nothing", async ({ page }) => {
    const proxy = await TcpProxy.start(rabbit.stompUrl);
    try {
      await page.run(connect, "a", proxy.url);
      assert.equal(proxy.open, 1);
      const ended = await page.run(async () => {
        await clients.a.close();
        return [clients.a.state.why, clients.a.stats().reconnects];
      });
      assert.deepEqual(ended, ["user", 0]);
      // The closing handshake is over; the ends of TCP follow.
      const gone = async () => {
        while (proxy.open > 0) await pass(20);
      };
      await within(10_000, "the end of the connection", gone());
    } finally {
      await proxy.stop();
    }
  });

  test(
    "a restart of the broker: it is subscribed again, and what was queued arrives",
    async ({ page }) => {
      await page.run(connect, "a", rabbit.stompUrl);
      await page.run((queue) => {
        globalThis.inbox = clients.a.subscribe(queue);
        return inbox.ready;
      }, queue());
      const restarted = restart();
      const texts = page.runFor(100_000, async () => {
        const { a } = clients;
        await happened(a, { type: "state", name: "waiting" });
        const fate = a.send(inbox.destination, "meanwhile");
        const [message] = await take(inbox, 1);
        return [fate, message.text()];
      });
      await restarted;
      assert.deepEqual(await texts, ["queued", "meanwhile"]);
    },
    { timeout: 150_000 },
  );
});
