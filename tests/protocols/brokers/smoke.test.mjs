// The brokers and the proxies themselves, with the clients that others have written: when one of these fails, it is not
// ours.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { Client } from "@stomp/stompjs";
import mqtt from "mqtt";
import { WebSocket } from "ws";
import { within } from "../../e2e/harness/time.mjs";
import { Mosquitto } from "./mosquitto.mjs";
import { PacketProxy } from "./packets.mjs";
import { TcpProxy } from "./proxy.mjs";
import { ScriptedBroker } from "./scripted.mjs";
import { rabbitMq } from "./shared.mjs";

const LIMIT = 15_000;

/** Runs `work` with a client of mqtt.js, and ends it. */
async function withMqtt(url, options, work) {
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 0, ...options }, false);
  client.on("error", () => {});
  try {
    return await work(client);
  } finally {
    await client.endAsync(true);
  }
}

async function withBroker(options, work) {
  const mosquitto = await Mosquitto.start(options);
  try {
    await work(mosquitto);
  } catch (error) {
    error.message += `\nlog of Mosquitto:\n${mosquitto.log}`;
    throw error;
  } finally {
    await mosquitto.stop();
  }
}

const received = async (client) => {
  const [topic, payload] = await within(LIMIT, "a message", once(client, "message"));
  return `${topic} ${payload}`;
};

describe("Mosquitto", { concurrency: true }, () => {
  for (const protocolVersion of [4, 5]) {
    it(`carries a message at each QoS (${protocolVersion})`, { timeout: LIMIT }, () =>
      withBroker({}, ({ url }) =>
        withMqtt(url, { protocolVersion }, async (client) => {
          await client.subscribeAsync("a/+", { qos: 2 });
          for (const qos of [0, 1, 2]) {
            const message = received(client);
            await client.publishAsync("a/b", `at ${qos}`, { qos });
            assert.equal(await message, `a/b at ${qos}`);
          }
        }),
      ),
    );
  }

  it(
    "knows its users, their topics, and ends the links of those it no longer knows",
    {
      timeout: LIMIT,
    },
    () =>
      withBroker(
        { users: { ann: "secret" }, acl: ["user ann", "topic readwrite own/#"] },
        async (broker) => {
          const connect = (password) =>
            mqtt.connectAsync(broker.url, { username: "ann", password, reconnectPeriod: 0 }, false);
          await assert.rejects(connect("wrong"), { code: 5 });
          const options = { username: "ann", password: "secret", protocolVersion: 5 };
          await withMqtt(broker.url, options, async (client) => {
            const [granted] = await client.subscribeAsync("own/a");
            assert.equal(granted.qos, 0);
            const gone = within(LIMIT, "the broker to end the link", once(client, "close"));
            await broker.change({ users: { bob: "secret" } });
            await gone;
          });
          await assert.rejects(connect("secret"), { code: 5 });
        },
      ),
  );

  for (const how of ["down", "kill"]) {
    const keeps = how === "down";
    it(
      `${keeps ? "keeps its sessions when it is told to end" : "has lost them when it was killed"}`,
      { timeout: LIMIT },
      () =>
        withBroker({ persistent: true }, async (broker) => {
          const session = { clientId: "kept", clean: false };
          await withMqtt(broker.url, session, (client) => client.subscribeAsync("a", { qos: 1 }));
          await broker[how]();
          await broker.up();
          const client = mqtt.connect(broker.url, { ...session, reconnectPeriod: 0 });
          try {
            const [{ sessionPresent }] = await within(LIMIT, "connack", once(client, "connect"));
            assert.equal(sessionPresent, keeps);
          } finally {
            await client.endAsync(true);
          }
        }),
    );
  }
});

describe("Proxies", { concurrency: true }, () => {
  for (const [when, sent] of [
    ["before", 2],
    ["after", 1],
  ])
    it(
      `breaks at PUBREC, ${when} it has passed, and the message arrives once`,
      { timeout: LIMIT },
      () =>
        withBroker({}, async ({ url }) => {
          const proxy = await PacketProxy.start(url);
          try {
            await withMqtt(url, {}, async (watcher) => {
              await watcher.subscribeAsync("a", { qos: 2 });
              const seen = [];
              watcher.on("message", (_, payload) => seen.push(String(payload)));
              const options = { clientId: "cut", clean: false, reconnectPeriod: 20 };
              await withMqtt(proxy.url, options, async (client) => {
                const cut = proxy.cutAt("pubrec", "down", { when });
                await Promise.all([cut, client.publishAsync("a", "once", { qos: 2 })]);
              });
              await watcher.publishAsync("a", "last", { qos: 2 });
              while (!seen.includes("last")) await received(watcher);
              assert.deepEqual(seen, ["once", "last"]);
              assert.equal(proxy.count("publish", "up"), sent);
              assert.equal(proxy.count("connect", "up"), 2);
            });
          } finally {
            await proxy.stop();
          }
        }),
    );

  it("cuts a TCP connection after so many bytes, at once, and holds it", { timeout: LIMIT }, () =>
    withBroker({}, async ({ url }) => {
      const proxy = await TcpProxy.start(url);
      try {
        await withMqtt(proxy.url, { reconnectPeriod: 20 }, async (client) => {
          const closed = () => within(LIMIT, "a break", once(client, "close"));
          const opened = () => within(LIMIT, "a connection", once(client, "connect"));
          let break_ = closed();
          const cut = proxy.cutAfter(2_000, "up");
          client.publish("a", Buffer.alloc(5_000));
          await Promise.all([cut, break_, opened()]);
          break_ = closed();
          assert.equal(proxy.cut(), 1);
          await Promise.all([break_, opened()]);
          proxy.stall();
          const published = client.publishAsync("a", "held", { qos: 1 });
          const held = await Promise.race([
            published,
            new Promise((resolve) => setImmediate(resolve, "held")),
          ]);
          assert.equal(held, "held");
          proxy.resume();
          await published;
          assert.equal(proxy.accepted, 3);
        });
      } finally {
        await proxy.stop();
      }
    }),
  );

  it("scripts a broker", { timeout: LIMIT }, async () => {
    const broker = await ScriptedBroker.start((packet, connection) => {
      if (packet.cmd === "connect")
        connection.send({ cmd: "connack", reasonCode: 0, sessionPresent: false });
    });
    try {
      const accepted = broker.next();
      const connection = await withMqtt(broker.url, { protocolVersion: 5 }, async (client) => {
        const connection = await accepted;
        assert.equal((await connection.packet("connect")).protocolVersion, 5);
        const message = received(client);
        connection.send(Uint8Array.of(0x30, 6, 0, 1, 0x61, 0, 0x62, 0x63));
        assert.equal(await message, "a bc");
        return connection;
      });
      await within(LIMIT, "the client to leave", connection.closed);
    } finally {
      await broker.stop();
    }
  });
});

describe("RabbitMQ", () => {
  let rabbit;
  before(
    async () => {
      rabbit = await rabbitMq();
    },
    { timeout: 150_000 },
  );
  after(() => rabbit?.stop(), { timeout: 60_000 });

  it("carries a message over MQTT 3.1.1", { timeout: LIMIT }, () =>
    withMqtt(rabbit.mqttUrl, { username: "guest", password: "guest" }, async (client) => {
      await client.subscribeAsync("smoke/a", { qos: 1 });
      const message = received(client);
      await client.publishAsync("smoke/a", "hello", { qos: 1 });
      assert.equal(await message, "smoke/a hello");
    }),
  );

  it("carries a message over STOMP 1.2", { timeout: LIMIT }, async () => {
    const client = new Client({
      webSocketFactory: () => new WebSocket(rabbit.stompUrl, ["v12.stomp"]),
      connectHeaders: { login: "guest", passcode: "guest" },
      reconnectDelay: 0,
    });
    const message = new Promise((resolve, reject) => {
      client.onStompError = ({ headers }) => reject(new Error(headers.message));
      client.onConnect = () => {
        client.subscribe("/topic/smoke", ({ body }) => resolve(body));
        client.publish({ destination: "/topic/smoke", body: "hello" });
      };
    });
    client.activate();
    try {
      assert.equal(await within(LIMIT, "a message", message), "hello");
    } finally {
      await client.deactivate({ force: true });
    }
  });
});
