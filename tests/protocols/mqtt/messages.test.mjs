// MQTT against Mosquitto: what becomes of a message.
import assert from "node:assert/strict";
import { mqttSuite, VERSIONS } from "./world.mjs";

const plain = ({ topic, text, qos, retain }) => ({ topic, text, qos, retain });

mqttSuite("MQTT: messages", ({ withBroker, withProxy, name }) => {
  for (const version of VERSIONS)
    withBroker(
      `each level of publishing arrives at each level of subscribing (${version})`,
      {},
      async ({ page, url, open }) => {
        const other = await open();
        const levels = [0, 1, 2];
        for (const one of [page, other])
          await one.run(
            async (url, version) => {
              mq.open("me", url, { version });
              await mq.opened("me");
            },
            url,
            version,
          );
        const subscribe = async (granted) => {
          const filter = `at${granted}/+`;
          const qos = await mq.subscribe("me", filter, { qos: granted });
          if (qos !== granted) throw new Error(`granted ${qos}`);
        };
        for (const qos of levels) {
          await page.run(subscribe, qos);
          await other.run(subscribe, qos);
        }
        const publish = async (from) => {
          for (const qos of [0, 1, 2])
            for (const granted of [0, 1, 2])
              await mq.publish("me", `at${granted}/${from}`, `${qos}`, { qos });
        };
        await page.run(publish, "page");
        await other.run(publish, "other");
        const expected = ["page", "other"].flatMap((from) =>
          levels.flatMap((qos) =>
            levels.map((granted) => `at${granted}/${from} ${qos} ${Math.min(qos, granted)}`),
          ),
        );
        for (const one of [page, other]) {
          const seen = await one.run((count) => mq.received("me", count), expected.length);
          const told = seen.map(({ topic, text, qos }) => `${topic} ${text} ${qos}`);
          assert.deepEqual(told.sort(), [...expected].sort());
        }
      },
    );

  withBroker(
    "a retained message greets whoever subscribes, as asked",
    {},
    async ({ page, url }) => {
      const seen = await page.run(async (url) => {
        mq.open("from", url);
        await mq.opened("from");
        await mq.publish("from", "r/a", "kept", { qos: 1, retain: true });
        const wishes = {
          always: {},
          never: { retainHandling: 2 },
          told: { retainAsPublished: true },
        };
        for (const [name, wish] of Object.entries(wishes)) {
          mq.open(name, url);
          await mq.opened(name);
          await mq.subscribe(name, "r/#", { qos: 1, ...wish });
        }
        // The second time the broker has the subscription already: nothing greets it.
        for (const name of ["first", "again"]) {
          mq.open(name, url, { id: "stays", keep: 60 });
          await mq.opened(name);
          await mq.subscribe(name, "r/#", { qos: 1, retainHandling: 1 });
          if (name !== "first") continue;
          await mq.received(name, 1);
          await mq.close(name);
        }
        await mq.publish("from", "r/b", "new", { qos: 1, retain: true });
        await mq.publish("from", "r/a", "", { qos: 1, retain: true });
        mq.open("late", url);
        await mq.opened("late");
        await mq.subscribe("late", "r/a", { qos: 1 });
        await mq.publish("from", "r/a", "last", { qos: 1 });
        for (const name of ["always", "never", "told", "again", "late"])
          await mq.until(() => mq.records[name].seen.at(-1)?.text === "last");
        return Object.fromEntries(
          Object.entries(mq.records).map(([name, { seen }]) => [name, seen]),
        );
      }, url);
      const marks = Object.fromEntries(
        Object.entries(seen).map(([name, all]) => [
          name,
          all.map(({ text, retain }) => `${text}${retain ? ", retained" : ""}`),
        ]),
      );
      assert.deepEqual(marks, {
        always: ["kept, retained", "new", "", "last"],
        never: ["new", "", "last"],
        told: ["kept, retained", "new, retained", ", retained", "last"],
        first: ["kept, retained"],
        again: ["new", "", "last"],
        late: ["last"],
        from: [],
      });
    },
  );

  withBroker(
    "the will of a tab that was closed, and of one that crashed, is published; of a client that said goodbye it is not",
    {},
    async ({ page, url, open, closeTab }) => {
      await page.run(async (url) => {
        mq.open("watcher", url);
        await mq.opened("watcher");
        await mq.subscribe("watcher", "will/#", { qos: 1 });
      }, url);
      const mortal = async (url, which) => {
        mq.open("me", url, { will: { topic: `will/${which}`, payload: "gone", qos: 1 } });
        await mq.opened("me");
      };
      const polite = await open();
      await polite.run(mortal, url, "polite");
      await polite.run(() => mq.close("me"));
      const closed = await open();
      await closed.run(mortal, url, "closed");
      await closeTab(closed);
      const seen = await page.run(() => mq.received("watcher", 1));
      assert.deepEqual(seen.map(plain), [
        { topic: "will/closed", text: "gone", qos: 1, retain: false },
      ]);
      if (name !== "chromium") return; // Firefox has no way to crash one tab
      const crashed = await open();
      await crashed.run(mortal, url, "crashed");
      crashed.guard.allow(/crashed/);
      const session = await crashed.tab.createCDPSession();
      session.send("Page.crash").catch(() => {}); // nobody is left to answer
      const all = await page.run(() => mq.received("watcher", 2));
      assert.equal(all[1].topic, "will/crashed");
      await closeTab(crashed);
    },
  );

  withBroker("of a group each message reaches one", {}, async ({ page, url }) => {
    const seen = await page.run(async (url) => {
      for (const name of ["one", "two", "from"]) {
        mq.open(name, url);
        await mq.opened(name);
      }
      await mq.subscribe("one", "$share/group/work/#", { qos: 1 });
      await mq.subscribe("two", "$share/group/work/#", { qos: 1 });
      for (let job = 0; job < 10; job++)
        await mq.publish("from", "work/x", String(job), { qos: 1 });
      const { one, two } = mq.records;
      await mq.until(() => one.seen.length + two.seen.length >= 10);
      return [one.seen, two.seen].map((seen) => seen.map(({ text }) => Number(text)));
    }, url);
    const all = seen.flat().sort((a, b) => a - b);
    assert.deepEqual(all, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.ok(
      seen.every((part) => part.length > 0),
      "both have work",
    );
  });

  withBroker("own messages do not come back if that is not wanted", {}, async ({ page, url }) => {
    const seen = await page.run(async (url) => {
      mq.open("me", url);
      mq.open("other", url);
      await mq.opened("me");
      await mq.opened("other");
      await mq.subscribe("me", "a", { qos: 1, noLocal: true });
      await mq.publish("me", "a", "own", { qos: 1 });
      await mq.publish("other", "a", "other", { qos: 1 });
      return mq.received("me", 1);
    }, url);
    assert.deepEqual(
      seen.map(({ text }) => text),
      ["other"],
    );
  });

  withBroker(
    "what is too old is not delivered, what is not says how old it may get",
    {},
    async ({ page, url }) => {
      const seen = await page.run(async (url) => {
        mq.open("kept", url, { id: "kept", keep: 100 });
        await mq.opened("kept");
        await mq.subscribe("kept", "a", { qos: 1 });
        await mq.close("kept");
        mq.open("other", url);
        await mq.opened("other");
        await mq.publish("other", "a", "old", { qos: 1, expiry: 1 });
        await mq.publish("other", "a", "young", { qos: 1, expiry: 100 });
        await new Promise((resolve) => setTimeout(resolve, 2_100)); // as such: it has to get old
        mq.open("kept", url, { id: "kept", keep: 100 });
        return mq.received("kept", 1);
      }, url);
      assert.deepEqual(
        seen.map(({ text }) => text),
        ["young"],
      );
    },
  );

  for (const version of VERSIONS)
    withBroker(
      `subscriptions that overlap get each message once each (${version})`,
      {},
      async ({ page, url }) => {
        const seen = await page.run(
          async (url, version) => {
            mq.open("me", url, { version });
            await mq.opened("me");
            for (const filter of ["o/#", "o/+", "o/a"])
              await mq.subscribe("me", filter, { qos: 1 });
            await mq.publish("me", "o/a", "all", { qos: 1 });
            await mq.publish("me", "o/a/b", "one", { qos: 1 });
            await mq.publish("me", "o/b", "two", { qos: 1 });
            await mq.publish("me", "o/a/last", "last", { qos: 1 });
            await mq.until(() => mq.records.me.seen.some(({ text }) => text === "last"));
            return mq.records.me.seen.map(({ text }) => text);
          },
          url,
          version,
        );
        assert.deepEqual(seen, ["all", "all", "all", "one", "two", "two", "last"]);
      },
    );

  withProxy("a topic is said once, and then by its alias", {}, async ({ page, url, proxy }) => {
    const topic = "a/topic/that/is/long/enough/to/be/worth/an/alias";
    const seen = await page.run(
      async (url, topic) => {
        mq.open("me", url);
        await mq.opened("me");
        await mq.subscribe("me", topic);
        for (const text of ["1", "2", "3"]) await mq.publish("me", topic, text);
        return mq.received("me", 3);
      },
      url,
      topic,
    );
    assert.deepEqual(
      seen.map((it) => `${it.topic} ${it.text}`),
      ["1", "2", "3"].map((text) => `${topic} ${text}`),
    );
    const sizes = proxy.packets.filter(({ type, way }) => type === "publish" && way === "up");
    const [first, ...others] = sizes.map(({ size }) => size);
    assert.ok(first > topic.length);
    for (const size of others) assert.ok(size < topic.length, `${size} bytes`);
  });

  withBroker(
    "requests are answered, each its own, and end when nobody answers",
    {},
    async ({ page, url, open }) => {
      const service = await open();
      await service.run(async (url) => {
        mq.open("me", url);
        await mq.opened("me");
        await mq.answer("me", "upper", (text) => (text === "?" ? undefined : text.toUpperCase()));
      }, url);
      const seen = await page.run(async (url) => {
        mq.open("me", url);
        await mq.opened("me");
        const all = await Promise.all(
          ["a", "b", "c"].map((text) => mq.request("me", "upper", text)),
        );
        const nobody = await mq
          .request("me", "upper", "?", { timeout: 100 })
          .catch(({ code }) => code);
        return { all, nobody };
      }, url);
      assert.deepEqual(seen, { all: ["A", "B", "C"], nobody: "timeout" });
    },
  );
});
