// MQTT against Mosquitto: what a broken connection, a restarted broker and a reloaded page leave of sessions and messages.
import assert from "node:assert/strict";
import { within } from "../../e2e/harness/time.mjs";
import { withPeer } from "./peer.mjs";
import { load, mqttSuite, VERSIONS } from "./world.mjs";

const texts = (seen) => seen.map(({ text }) => text);
const MANY = 10_000;
const LONG = { timeout: 90_000 };
/** No limit of the broker's own loses a message. */
const ROOMY = { config: ["max_queued_messages 0", "max_inflight_messages 100"] };

/** Where the floods are broken. */
const PACKETS = {
  1: [
    ["publish", "down"],
    ["puback", "up"],
    ["publish", "up"],
    ["puback", "down"],
  ],
  2: [
    ["publish", "down"],
    ["pubrec", "up"],
    ["pubrel", "down"],
    ["pubcomp", "up"],
    ["publish", "up"],
    ["pubrec", "down"],
    ["pubrel", "up"],
    ["pubcomp", "down"],
  ],
};

/** In the page: a client that keeps its session, `me`, and one on another way, `other`. */
async function two(url, direct, version) {
  mq.open("other", direct, { version });
  await mq.opened("other");
  await mq.subscribe("other", "to/other", { qos: 2 });
  mq.open("me", url, { version, id: "me", keep: 300 });
  await mq.opened("me");
  await mq.subscribe("me", "to/me", { qos: 2 });
}

mqttSuite(
  "MQTT: breaks",
  ({ withBroker, withProxy }) => {
    for (const version of VERSIONS) {
      withProxy(
        `after a restart the broker has the session: nothing is subscribed again, and what was missed comes (${version})`,
        { persistent: true },
        async ({ page, url, direct, proxy, broker }) => {
          await page.run(two, url, direct, version);
          proxy.refuse();
          proxy.cut();
          await page.run(async () => {
            await mq.happened("me", "break");
            await mq.publish("other", "to/me", "missed", { qos: 1 });
          });
          await broker.down();
          await broker.up();
          proxy.refuse(false);
          const seen = await page.run(async () => {
            const { sessionPresent } = await mq.opened("me", 2);
            await mq.opened("other", 2);
            await mq.publish("other", "to/me", "after", { qos: 1 });
            await mq.received("me", 2);
            return { sessionPresent, seen: mq.records.me.seen };
          });
          assert.equal(seen.sessionPresent, true);
          assert.deepEqual(texts(seen.seen), ["missed", "after"]);
          assert.equal(proxy.count("subscribe", "up"), 1);
        },
      );

      withProxy(
        `after a restart the broker has no session: everything is subscribed again (${version})`,
        {},
        async ({ page, url, direct, proxy, broker }) => {
          await page.run(two, url, direct, version);
          await broker.kill();
          await broker.up();
          await proxy.passed("suback", "down", 2);
          const seen = await page.run(async () => {
            const { sessionPresent } = await mq.opened("me", 2);
            await mq.opened("other", 2);
            await mq.publish("other", "to/me", "after", { qos: 1 });
            await mq.received("me", 1);
            return { sessionPresent, seen: mq.records.me.seen };
          });
          assert.equal(seen.sessionPresent, false);
          assert.deepEqual(texts(seen.seen), ["after"]);
          assert.equal(proxy.count("subscribe", "up"), 2);
        },
      );

      withProxy(
        `a message at QoS 2 leaves exactly once, wherever the connection breaks (${version})`,
        ROOMY,
        async ({ page, url, direct, proxy }) => {
          await page.run(two, url, direct, version);
          const places = [
            ["publish", "up"],
            ["pubrec", "down"],
            ["pubrel", "up"],
            ["pubcomp", "down"],
          ];
          const sent = [];
          for (const [type, way] of places)
            for (const when of ["before", "after"]) {
              const text = `${when} ${type}`;
              sent.push(text);
              const cut = proxy.cutAt(type, way, { when });
              await Promise.all([
                cut,
                page.run((text) => mq.publish("me", "to/other", text, { qos: 2 }), text),
              ]);
            }
          const seen = await page.run(async (count) => {
            await mq.publish("me", "to/other", "last", { qos: 2 });
            return mq.received("other", count);
          }, sent.length + 1);
          assert.deepEqual(texts(seen), [...sent, "last"]);
        },
        LONG,
      );

      withProxy(
        `a message at QoS 2 arrives exactly once, wherever the connection breaks (${version})`,
        ROOMY,
        async ({ page, url, direct, proxy }) => {
          await page.run(two, url, direct, version);
          const places = [
            ["publish", "down"],
            ["pubrec", "up"],
            ["pubrel", "down"],
            ["pubcomp", "up"],
          ];
          const sent = [];
          for (const [type, way] of places)
            for (const when of ["before", "after"]) {
              const text = `${when} ${type}`;
              sent.push(text);
              const cut = proxy.cutAt(type, way, { when });
              await Promise.all([
                cut,
                page.run((text) => mq.publish("other", "to/me", text, { qos: 2 }), text),
              ]);
              await page.run((nth) => mq.opened("me", nth), sent.length + 1);
            }
          const seen = await page.run(async (count) => {
            await mq.publish("other", "to/me", "last", { qos: 2 });
            return mq.received("me", count);
          }, sent.length + 1);
          assert.deepEqual(texts(seen), [...sent, "last"]);
        },
        LONG,
      );
    }

    for (const qos of [0, 1, 2])
      withBroker(
        `${MANY} messages each way at QoS ${qos}: none lost, none doubled, in order`,
        ROOMY,
        ({ page, url }) =>
          withPeer(url, "to/peer", qos, async (peer) => {
            await page.run(
              async (url, qos) => {
                mq.open("me", url);
                await mq.opened("me");
                await mq.subscribe("me", "to/me", { qos });
              },
              url,
              qos,
            );
            const here = page.runFor(
              60_000,
              async (qos, count) => {
                await mq.flood("me", "to/peer", { count, qos });
                await mq.received("me", count);
                return mq.judge("me", "to/me", count);
              },
              qos,
              MANY,
            );
            await within(
              60_000,
              "the peer",
              Promise.all([peer.flood("to/me", MANY), peer.received(MANY)]),
            );
            const perfect = { lost: 0, doubled: 0, late: 0 };
            assert.deepEqual([await here, peer.judge(MANY)], [perfect, perfect]);
          }),
        LONG,
      );

    for (const qos of [1, 2])
      withProxy(
        `floods both ways at QoS ${qos}, each with a break: none lost${qos === 2 ? ", none doubled" : ""}`,
        ROOMY,
        async ({ page, url, direct, proxy }) => {
          await page.run(two, url, direct, 5);
          let from = 0;
          for (const [type, way] of PACKETS[qos])
            for (const when of ["before", "after"]) {
              const cut = proxy.cutAt(type, way, { when, nth: 40 });
              const flood = page.runFor(
                30_000,
                async (qos, from) => {
                  const some = { from, count: 125, qos };
                  await Promise.all([
                    mq.flood("me", "to/other", some),
                    mq.flood("other", "to/me", some),
                  ]);
                },
                qos,
                from,
              );
              await Promise.all([cut, flood]);
              from += 125;
            }
          const judged = await page.run(async (count) => {
            const all = () => ["me", "other"].map((name) => mq.judge(name, `to/${name}`, count));
            await mq.until(() => all().every(({ lost }) => lost === 0));
            return all();
          }, from);
          const lost = judged.map((it) => it.lost);
          const doubled = judged.map((it) => it.doubled);
          assert.deepEqual(lost, [0, 0]);
          if (qos === 2) assert.deepEqual(doubled, [0, 0]);
        },
        LONG,
      );

    withProxy(
      "a message at QoS 2 that a reloaded page had under way leaves exactly once",
      {},
      async ({ page, url, direct, proxy, open }) => {
        const watcher = await open();
        await watcher.run(async (url) => {
          mq.open("watcher", url);
          await mq.opened("watcher");
          await mq.subscribe("watcher", "a", { qos: 2 });
        }, direct);
        const connect = async (url) => {
          mq.open("me", url, { id: "reloaded", keep: 300, store: true });
          await mq.opened("me");
        };
        await page.run(connect, url);
        for (const [type, way] of [
          ["publish", "up"],
          ["pubrec", "down"],
          ["pubcomp", "down"],
        ]) {
          const cut = proxy.cutAt(type, way).then(() => proxy.refuse());
          await page.run((text) => void mq.publish("me", "a", text, { qos: 2 }), type);
          await cut;
          await page.run(() => mq.happened("me", "break"));
          await page.goto(page.url);
          await load(page);
          proxy.refuse(false);
          await page.run(connect, url);
        }
        await page.run(() => mq.publish("me", "a", "last", { qos: 2 }));
        const seen = await watcher.run(() => mq.received("watcher", 4));
        assert.deepEqual(texts(seen), ["publish", "pubrec", "pubcomp", "last"]);
      },
      LONG,
    );
  },
  { together: 1 },
);
