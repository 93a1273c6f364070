// MQTT against Mosquitto and against a broker that misbehaves: who is let in, what is too large, what is too slow, and what
// is no MQTT.
import assert from "node:assert/strict";
import { TcpProxy } from "../brokers/proxy.mjs";
import { ScriptedBroker } from "../brokers/scripted.mjs";
import { load, mqttSuite, VERSIONS } from "./world.mjs";

const USERS = { users: { ann: "secret" } };
const texts = (seen) => seen.map(({ text }) => text);

/** Where the broker that names another one sends its clients. */
const moved = { to: undefined };

const publish = (flags, ...rest) => [0x30 | flags, rest.length, ...rest];
const TOPIC = [0, 1, 0x61];
/** What no broker may send, and the reason code that fits (MQTT 5.0, section 4.13). */
const VIOLATIONS = [
  { what: "sends a second CONNACK", bytes: [[0x20, 3, 0, 0, 0]], reason: 0x82 },
  {
    what: "sends a length without an end",
    bytes: [[0x30, 0xff, 0xff, 0xff, 0xff, 1]],
    reason: 0x81,
  },
  { what: "publishes at QoS 3", bytes: [publish(6, ...TOPIC, 0, 1, 0)], reason: 0x81 },
  {
    what: "publishes to a topic that is no UTF-8",
    bytes: [publish(0, 0, 1, 0xff, 0)],
    reason: 0x81,
  },
  {
    what: "uses a topic alias that it never gave",
    bytes: [publish(0, 0, 0, 3, 0x23, 0, 1)],
    options: { aliases: 5 },
    reason: 0x82,
  },
  {
    what: "uses a topic alias above the most allowed",
    bytes: [publish(0, ...TOPIC, 3, 0x23, 0, 9)],
    options: { aliases: 5 },
    reason: 0x94,
  },
  {
    what: "sends more than it may before an acknowledgement",
    bytes: [1, 2, 3].map((id) => publish(4, ...TOPIC, 0, id, 0)),
    options: { receiveMaximum: 2 },
    reason: 0x93,
  },
  {
    what: "sends more bytes than are allowed",
    bytes: [[0x30, 0xff, 0x7f]],
    options: { maximumPacketSize: 1_000 },
    reason: 0x95,
  },
  { what: "sends SUBSCRIBE", bytes: [[0x82, 7, 0, 1, 0, 0, 1, 0x61, 0]], reason: 0x82 },
];

/** Answers as a broker would, but for what `more` answers (by returning true). */
function polite(more = () => false) {
  return (packet, connection) => {
    if (more(packet, connection)) return;
    const id = packet.messageId;
    if (packet.cmd === "connect")
      connection.send({ cmd: "connack", reasonCode: 0, returnCode: 0, sessionPresent: false });
    if (packet.cmd === "subscribe")
      connection.send({
        cmd: "suback",
        messageId: id,
        granted: packet.subscriptions.map((it) => it.qos),
      });
    if (packet.cmd === "pingreq") connection.send({ cmd: "pingresp" });
    if (packet.cmd === "publish" && packet.qos === 1)
      connection.send({ cmd: "puback", messageId: id });
    if (packet.cmd === "publish" && packet.qos === 2)
      connection.send({ cmd: "pubrec", messageId: id });
    if (packet.cmd === "pubrel") connection.send({ cmd: "pubcomp", messageId: id });
  };
}

mqttSuite("MQTT: limits", ({ test, withBroker }) => {
  /** A test with a scripted broker. */
  const withScript = (heading, answer, work) =>
    test(heading, async (world) => {
      const broker = await ScriptedBroker.start(answer);
      try {
        await load(world.page);
        await work({ page: world.page, broker, url: broker.url });
      } catch (error) {
        const said = broker.connections.map(({ packets }) => packets.map(({ cmd }) => cmd));
        error.message += `\nconnections: ${JSON.stringify(said)}`;
        throw error;
      } finally {
        await broker.stop();
      }
    });

  for (const version of VERSIONS) {
    withBroker(
      `wrong credentials are asked for once more, and then it is over (${version})`,
      USERS,
      async ({ page, url }) => {
        const seen = await page.run(
          async (url, version) => {
            mq.open("me", url, { version, user: "ann", password: "wrong" });
            const { why } = await mq.happened("me", "closed");
            return { why, asked: mq.records.me.count("asked") };
          },
          url,
          version,
        );
        assert.deepEqual(seen, { why: "unauthorized", asked: 2 });
      },
    );

    withBroker(
      `credentials that are refused once and right then are let in (${version})`,
      USERS,
      async ({ page, url }) => {
        const asked = await page.run(
          async (url, version) => {
            mq.open("me", url, { version, user: "ann", password: ["wrong", "secret"] });
            await mq.opened("me");
            return mq.records.me.count("asked");
          },
          url,
          version,
        );
        assert.equal(asked, 2);
      },
    );

    withBroker(
      `credentials that are revoked end a living link, for good (${version})`,
      USERS,
      async ({ page, url, broker }) => {
        await page.run(
          async (url, version) => {
            mq.open("me", url, { version, user: "ann", password: "secret" });
            await mq.opened("me");
          },
          url,
          version,
        );
        await broker.change({ users: { bob: "secret" } });
        const { why } = await page.run(() => mq.happened("me", "closed"));
        assert.equal(why, "unauthorized");
      },
    );
  }

  withBroker(
    "a message that is too large for the broker is refused here, and the link stays",
    { config: ["max_packet_size 2000"] },
    async ({ page, url }) => {
      const seen = await page.run(async (url) => {
        mq.open("me", url);
        await mq.opened("me");
        await mq.subscribe("me", "a", { qos: 1 });
        const large = await mq
          .publish("me", "a", "x".repeat(3_000), { qos: 1 })
          .catch(({ reasonCode }) => reasonCode);
        await mq.publish("me", "a", "small", { qos: 1 });
        await mq.received("me", 1);
        return { large, seen: mq.records.me.seen, opens: mq.records.me.count("open") };
      }, url);
      assert.equal(seen.large, 0x95);
      assert.deepEqual(texts(seen.seen), ["small"]);
      assert.equal(seen.opens, 1);
    },
  );

  withBroker(
    "a message that is too large for us is kept back by the broker, and the next one comes",
    {},
    async ({ page, url }) => {
      const seen = await page.run(async (url) => {
        mq.open("me", url, { maximumPacketSize: 2_000 });
        mq.open("other", url);
        await mq.opened("me");
        await mq.opened("other");
        await mq.subscribe("me", "a", { qos: 1 });
        await mq.publish("other", "a", "x".repeat(3_000), { qos: 1 });
        await mq.publish("other", "a", "small", { qos: 1 });
        await mq.received("me", 1);
        return { seen: mq.records.me.seen, opens: mq.records.me.count("open") };
      }, url);
      assert.deepEqual(texts(seen.seen), ["small"]);
      assert.equal(seen.opens, 1);
    },
  );

  withBroker(
    "a slow link delivers everything in order, and is not taken for a dead one",
    { config: ["max_queued_messages 0"] },
    async ({ page, url }) => {
      const slow = await TcpProxy.start(url);
      try {
        slow.slow(200_000, "down");
        const count = 100;
        const seen = await page.run(
          async (url, direct, count) => {
            mq.open("me", url, { receiveMaximum: 10, keepAlive: 5 });
            mq.open("other", direct);
            await mq.opened("me");
            await mq.opened("other");
            await mq.subscribe("me", "a", { qos: 1 });
            const pad = "x".repeat(5_000);
            for (let number = 0; number < count; number++)
              await mq.publish("other", "a", `${number} ${pad}`, { qos: 1 });
            await mq.received("me", count);
            const { me } = mq.records;
            return { seen: me.seen.map(({ text }) => parseInt(text, 10)), opens: me.count("open") };
          },
          slow.url,
          url,
          count,
        );
        assert.deepEqual(
          seen.seen,
          Array.from({ length: count }, (_, number) => number),
        );
        assert.equal(seen.opens, 1);
      } finally {
        await slow.stop();
      }
    },
  );

  withScript(
    "the broker's keep alive counts, not ours",
    polite((packet, connection) => {
      if (packet.cmd !== "connect") return false;
      connection.send({ cmd: "connack", reasonCode: 0, properties: { serverKeepAlive: 1 } });
      return true;
    }),
    async ({ page, broker, url }) => {
      const [connection] = await Promise.all([
        broker.next(),
        page.run((url) => mq.open("me", url, { keepAlive: 600 }), url),
      ]);
      await connection.packet("pingreq");
    },
  );

  withScript(
    "a broker that names another one is left for that one",
    polite((packet, connection) => {
      if (packet.cmd !== "connect" || !moved.to) return false;
      const properties = { serverReference: moved.to };
      connection.send({ cmd: "connack", reasonCode: 0x9c, properties });
      return true;
    }),
    async ({ page, url }) => {
      const other = await ScriptedBroker.start(polite());
      moved.to = other.url;
      try {
        const [connection] = await Promise.all([
          other.next(),
          page.run(async (url) => {
            mq.open("me", url, { follow: true });
            await mq.opened("me");
          }, url),
        ]);
        await connection.packet("connect");
      } finally {
        moved.to = undefined;
        await other.stop();
      }
    },
  );

  for (const { what, bytes, options = {}, reason } of VIOLATIONS) {
    withScript(
      `a broker that ${what} is told why, and left (5)`,
      polite(),
      async ({ page, broker, url }) => {
        const [connection] = await Promise.all([
          broker.next(),
          page.run(
            async (url, options) => {
              mq.open("me", url, options);
              await mq.opened("me");
            },
            url,
            options,
          ),
        ]);
        connection.send(...bytes.map((it) => Uint8Array.from(it)));
        const { reasonCode } = await connection.packet("disconnect");
        const { code } = await connection.closed;
        const seen = await page.run(() => mq.happened("me", "break"));
        assert.equal(reasonCode, reason);
        assert.equal(code, 4002);
        assert.equal(seen.cause, "protocol");
      },
    );
  }

  withScript(
    "a broker that breaks the protocol is closed with 4002 (4)",
    polite(),
    async ({ page, broker, url }) => {
      const [connection] = await Promise.all([
        broker.next(),
        page.run(async (url) => {
          mq.open("me", url, { version: 4 });
          await mq.opened("me");
        }, url),
      ]);
      connection.send(Uint8Array.of(0x36, 5, 0, 1, 0x61, 0, 1));
      const { code } = await connection.closed;
      assert.equal(code, 4002);
      assert.equal(connection.packets.filter(({ cmd }) => cmd === "disconnect").length, 0);
    },
  );

  withScript(
    "enhanced authentication is an exchange, and can be had again on the open link",
    polite((packet, connection) => {
      const { authenticationMethod, authenticationData: data } = packet.properties ?? {};
      const properties = (text) => ({
        authenticationMethod,
        authenticationData: Buffer.from(text),
      });
      const answer = `${packet.cmd} ${data}`;
      if (answer === "connect hello" || answer === "auth again")
        connection.send({ cmd: "auth", reasonCode: 0x18, properties: properties("riddle") });
      else if (answer === "auth riddle!" && connection.isIn)
        connection.send({ cmd: "auth", reasonCode: 0, properties: properties("done") });
      else if (answer === "auth riddle!") {
        connection.isIn = true;
        connection.send({ cmd: "connack", reasonCode: 0, properties: properties("done") });
      } else return false;
      return true;
    }),
    async ({ page, broker, url }) => {
      const [connection] = await Promise.all([
        broker.next(),
        page.run(async (url) => {
          const [encoder, decoder] = [new TextEncoder(), new TextDecoder()];
          const starts = ["hello", "again"];
          const auth = {
            method: "RIDDLE",
            start: () => encoder.encode(starts.shift()),
            answer: (challenge) => encoder.encode(`${decoder.decode(challenge)}!`),
          };
          mq.open("me", url, { auth });
          await mq.opened("me");
          await mq.clients.me.reauthenticate({ timeout: 15_000 });
        }, url),
      ]);
      const said = connection.packets.map(({ cmd, reasonCode }) =>
        `${cmd} ${reasonCode ?? ""}`.trim(),
      );
      assert.deepEqual(said, ["connect", "auth 24", "auth 25", "auth 24"]);
    },
  );

  withScript(
    "a broker that closes without CONNACK is tried again",
    (packet, connection) => {
      if (packet.cmd === "connect") connection.socket.close(1000);
    },
    async ({ page, broker, url }) => {
      await page.run((url) => mq.open("me", url), url);
      await broker.next();
      await broker.next();
    },
  );
});
