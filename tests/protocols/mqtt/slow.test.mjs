// MQTT against Mosquitto, with a page that is slower than what it subscribed to.
import assert from "node:assert/strict";
import { mqttSuite } from "./world.mjs";

const numbers = (from, to) => Array.from({ length: to - from }, (_, at) => from + at);

mqttSuite("MQTT: a slow consumer", ({ withBroker }) => {
  withBroker(
    "an iterator that is full says what is missing, keeps what was asked for, and leaves the others alone",
    { config: ["max_queued_messages 0"] },
    async ({ page, url }) => {
      const seen = await page.run(async (url) => {
        mq.open("me", url);
        mq.open("other", url);
        await mq.opened("me");
        await mq.opened("other");
        await mq.subscribe("me", "a", { qos: 1 });
        const subscription = mq.clients.me.subscribe("a", { qos: 1 });
        await subscription.granted;
        const full = subscription.messages({ highWaterMark: 10 });
        const newest = subscription.messages({ highWaterMark: 10, overflow: "drop-oldest" });
        await mq.flood("other", "a", { count: 100, qos: 1 });
        await mq.received("me", 100);
        const read = async (messages, count) => {
          const taken = [];
          try {
            for await (const { payload } of messages) {
              taken.push(Number(new TextDecoder().decode(payload)));
              if (taken.length === count) break;
            }
          } catch (error) {
            taken.push(error.code);
          }
          return taken;
        };
        const listened = mq.records.me.seen.map(({ text }) => Number(text));
        return {
          full: await read(full),
          newest: await read(newest, 10),
          dropped: newest.dropped,
          listened,
          opens: mq.records.me.count("open"),
        };
      }, url);
      assert.deepEqual(seen, {
        full: [...numbers(0, 10), "overrun"],
        newest: numbers(90, 100),
        dropped: 90,
        listened: numbers(0, 100),
        opens: 1,
      });
    },
  );
});
