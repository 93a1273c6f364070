import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  connectMqtt,
  type DropError,
  json,
  MqttError,
  type MqttMessage,
  type MqttOptions,
  OptionError,
  text as textCodec,
} from "../../mqtt/index.js";
import {
  AUTH,
  type BrokerSide,
  brokerkit,
  CONNACK,
  CONNECT,
  DISCONNECT,
  expecting,
  type Packet,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  packet,
  publish,
  SUBACK,
  SUBSCRIBE,
  text,
  UNSUBACK,
  UNSUBSCRIBE,
  welcome,
  word,
} from "./broker.js";

const URL = "wss://broker.example/mqtt";

describe("a client of MQTT", () => {
  let kit: ReturnType<typeof brokerkit>;
  const clients: ReturnType<typeof connectMqtt>[] = [];
  const connect = (options: MqttOptions = {}) => {
    const client = connectMqtt(URL, options);
    clients.push(client);
    return client;
  };
  const open = async (options: MqttOptions = {}) => {
    const client = connect(options);
    const peer: BrokerSide = await kit.accept();
    await welcome(peer);
    await kit.until(client.opened());
    return { client, peer };
  };

  beforeEach(() => {
    kit = brokerkit();
    kit.install();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) void client.close();
    await kit.advance(2_000);
    kit.restore();
  });

  it("hands out frames that what is sent later does not change", async () => {
    const native = globalThis.WebSocket;
    const sent: Uint8Array[] = [];
    class Late extends native {
      override send(data: string | ArrayBufferLike | Blob | ArrayBufferView): void {
        sent.push(data as Uint8Array);
        super.send(data as Uint8Array<ArrayBuffer>);
      }
    }
    const { client } = await open({ WebSocket: Late as never });
    sent.length = 0;
    await kit.until(client.publish("a", "one"));
    const before = sent.map((frame) => [...frame]);
    for (const next of ["two", "six", "ten"]) await kit.until(client.publish("a", next));
    assert.equal(before.length, 1);
    assert.deepEqual([...(sent[0] as Uint8Array)], before[0]);
  });

  it("offers the subprotocol, and sends CONNECT of MQTT 5.0 first", async () => {
    connect({ clientId: "me", keepAlive: 30_000, credentials: { username: "u", password: "p" } });
    const peer: BrokerSide = await kit.accept();
    assert.deepEqual(peer.protocols, ["mqtt"]);
    const { body } = (await expecting(peer, CONNECT))[0] as Packet;
    assert.deepEqual([...body.subarray(0, 7)], [...text("MQTT"), 5]);
    // User name, password, clean start.
    assert.equal(body[7], 0b11000010);
    assert.deepEqual([...body.subarray(8, 10)], word(30));
    assert.ok(body.includes(Buffer.from([...text("me"), ...text("u"), ...text("p")])));
  });

  it("keeps QoS 0 until it is open, and then sends it at once", async () => {
    const client = connect();
    const early = client.publish("a", "1");
    const peer: BrokerSide = await kit.accept();
    await welcome(peer);
    const [first] = await expecting(peer, PUBLISH);
    assert.deepEqual([...(first?.body ?? [])], [...text("a"), 0, 49]);
    assert.equal((await early).reasonCode, 0);
    const result = client.publish("a", "2", { retain: true });
    const [second] = await expecting(peer, PUBLISH);
    assert.equal(second?.flags, 1);
    assert.equal((await result).reasonCode, 0);
  });

  it("resolves QoS 1 with PUBACK, its reason code and its properties", async () => {
    const { client, peer } = await open();
    const result = client.publish("a", "x", { qos: 1 });
    const [sent] = await expecting(peer, PUBLISH);
    assert.equal(sent?.flags, 2);
    const id = [...(sent?.body.subarray(3, 5) ?? [])];
    const said = [...[0x1f, ...text("nobody")], ...[0x26, ...text("k"), ...text("v")]];
    peer.say(packet(PUBACK, id, 0x10, said.length, said));
    assert.deepEqual(await kit.until(result), {
      reasonCode: 0x10,
      reasonString: "nobody",
      userProperties: [["k", "v"]],
    });
  });

  it("rejects with the reason code when the broker refuses, and tells it as a drop", async () => {
    const { client, peer } = await open();
    const drops: unknown[] = [];
    client.addEventListener("drop", ({ message, error }) => drops.push([message.topic, error]));
    const result = client.publish("a", "x", { qos: 1 });
    const [sent] = await expecting(peer, PUBLISH);
    peer.say(packet(PUBACK, [...(sent?.body.subarray(3, 5) ?? [])], 0x87, 0));
    await assert.rejects(kit.until(result), (error) => {
      assert.ok(error instanceof MqttError);
      assert.equal(error.code, "mqtt");
      assert.equal(error.reasonCode, 0x87);
      assert.match(error.message, /not authorized/);
      assert.deepEqual(drops, [["a", error]]);
      return true;
    });
  });

  it("goes through both steps of QoS 2, and on with PUBREL after a break between them", async () => {
    const { client, peer } = await open({ backoff: { initial: 1, max: 1 } });
    const result = client.publish("a", "x", { qos: 2 });
    const [sent] = await expecting(peer, PUBLISH);
    const id = [...(sent?.body.subarray(3, 5) ?? [])];
    peer.say(packet(PUBREC, id));
    await expecting(peer, PUBREL);
    peer.drop();
    const next: BrokerSide = await kit.accept();
    await welcome(next, { sessionPresent: 1 });
    const [release] = await expecting(next, PUBREL);
    assert.deepEqual([...(release?.body ?? [])].slice(0, 2), id);
    next.say(packet(PUBCOMP, id));
    assert.equal((await kit.until(result)).reasonCode, 0);
  });

  it("sends QoS 1 again after a break, marked as a duplicate", async () => {
    const { client, peer } = await open({ backoff: { initial: 1, max: 1 } });
    const result = client.publish("a", "x", { qos: 1 });
    await expecting(peer, PUBLISH);
    peer.drop();
    const next: BrokerSide = await kit.accept();
    await welcome(next, { sessionPresent: 1 });
    const [again] = await expecting(next, PUBLISH);
    assert.equal(again?.flags, 0b1010);
    next.say(packet(PUBACK, [...(again?.body.subarray(3, 5) ?? [])]));
    assert.equal((await kit.until(result)).reasonCode, 0);
  });

  it("refuses at once what cannot be said in MQTT", async () => {
    const { client } = await open();
    await assert.rejects(client.publish("a/#", ""), /a topic holds a wildcard \(0x82\)/);
    await assert.rejects(client.publish("", ""), /the topic is empty/);
    assert.throws(() => client.subscribe("a/#/b"), /the topic filter is not valid/);
    await assert.rejects(client.publish("a", "", { qos: 3 as 2 }), OptionError);
    await assert.rejects(client.publish("a", { no: "codec" }), { code: "encode" });
    assert.throws(() => connect({ will: { topic: "a/#" } }), /a topic holds a wildcard/);
    assert.throws(() => connect({ protocolVersion: 4, cleanStart: false }), OptionError);
  });

  async function granted(peer: BrokerSide, reason = 0, session = 1) {
    const [asked] = await expecting(peer, SUBSCRIBE);
    const body = asked?.body ?? Buffer.alloc(0);
    if (session) peer.say(packet(SUBACK, [...body.subarray(0, 2)], 0, reason));
    return body;
  }

  it("subscribes, tells what is granted, and hands messages to listeners and iterators", async () => {
    const { client, peer } = await open();
    const heard: MqttMessage<{ n: number }>[] = [];
    const all = client.subscribe<{ n: number }>("a/+", { qos: 1, codec: json() }, (it) =>
      heard.push(it),
    );
    const iterator = all[Symbol.asyncIterator]();
    await granted(peer, 1);
    assert.equal((await kit.until(all.granted)).qos, 1);
    const properties = [
      ...[0x26, ...text("k"), ...text("v"), 0x03, ...text("application/json")],
      // An expiry of 100 s, and a number of a subscription, in two bytes, that is not ours.
      ...[0x02, 0, 0, 0, 100, 0x0b, 0x80, 0x01],
    ];
    peer.say(
      publish("a/1", '{"n":1}', { qos: 1, id: 7, properties: [properties.length, ...properties] }),
    );
    const [ack] = await expecting(peer, PUBACK);
    assert.deepEqual([...(ack?.body ?? [])].slice(0, 2), word(7));
    peer.say(publish("a/2", '{"n":2}'));
    await kit.advance(1);
    assert.deepEqual(
      heard.map(({ topic, payload, qos }) => [topic, payload, qos]),
      [
        ["a/1", { n: 1 }, 1],
        ["a/2", { n: 2 }, 0],
      ],
    );
    assert.equal(heard[0]?.contentType, "application/json");
    assert.equal(heard[0]?.messageExpiry, 100_000);
    assert.deepEqual(heard[0]?.userProperties, [["k", "v"]]);
    assert.equal((await iterator.next()).value.payload.n, 1);
    assert.equal((await iterator.next()).value.payload.n, 2);
    const left = all.unsubscribe();
    const [leaving] = await expecting(peer, UNSUBSCRIBE);
    peer.say(packet(UNSUBACK, [...(leaving?.body.subarray(0, 2) ?? [])], 0, 0));
    await kit.until(left);
    assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  });

  it("rejects a subscription that the broker refuses, and ends its iterators", async () => {
    const { client, peer } = await open();
    const refused = client.subscribe("secret/#");
    const next = refused[Symbol.asyncIterator]().next();
    await granted(peer, 0x87);
    await assert.rejects(kit.until(refused.granted), { name: "MqttError", reasonCode: 0x87 });
    assert.equal((await next).done, true);
  });

  it("subscribes again exactly where the broker has no session", async () => {
    const { client, peer } = await open({ backoff: { initial: 1, max: 1 } });
    client.subscribe("a");
    await granted(peer);
    peer.drop();
    const kept: BrokerSide = await kit.accept();
    await welcome(kept, { sessionPresent: 1 });
    await kit.until(client.opened());
    await kit.advance(1_000);
    kept.drop();
    const lost: BrokerSide = await kit.accept();
    await welcome(lost);
    await granted(lost);
  });

  it("subscribes again after close() and reconnect(), with the same subscriptions", async () => {
    const { client, peer } = await open();
    const heard: string[] = [];
    client.subscribe("a", { codec: textCodec() }, ({ payload }) => heard.push(payload));
    await granted(peer);
    const closed = client.close();
    await expecting(peer, DISCONNECT);
    peer.close();
    await kit.until(closed);
    client.reconnect();
    const next: BrokerSide = await kit.accept();
    await welcome(next);
    await granted(next);
    next.say(publish("a", "again"));
    await kit.advance(1);
    assert.deepEqual(heard, ["again"]);
  });

  it("tells why the broker refuses the connection, and stops after fresh credentials were refused, too", async () => {
    const asked: number[] = [];
    const errors: unknown[] = [];
    const client = connect({
      backoff: { initial: 1, max: 1 },
      credentials: () => ({ username: `${asked.push(asked.length)}` }),
    });
    client.addEventListener("error", ({ error }) => errors.push(error.code));
    for (const _ of [1, 2]) {
      const peer: BrokerSide = await kit.accept();
      await expecting(peer, CONNECT);
      peer.say(packet(CONNACK, 0, 0x86, 0));
    }
    await kit.advance(10_000);
    assert.equal(client.state.name, "closed");
    assert.deepEqual(asked.length, 2);
    assert.ok(errors.includes("mqtt") && errors.includes("unauthorized"));
  });

  it("authenticates by challenges, and anew on the open connection", async () => {
    const client = connect({
      auth: {
        method: "M",
        start: () => Buffer.from("first"),
        answer: (challenge) => Buffer.from(`re:${Buffer.from(challenge ?? []).toString()}`),
      },
    });
    const peer: BrokerSide = await kit.accept();
    const { body } = (await expecting(peer, CONNECT))[0] as Packet;
    assert.ok(body.includes(Buffer.from([0x15, ...text("M"), 0x16, ...text("first")])));
    const method = [0x15, ...text("M")];
    const challenge = [...method, 0x16, ...text("c1")];
    peer.say(packet(AUTH, 0x18, challenge.length, challenge));
    const [answer] = await expecting(peer, AUTH);
    assert.ok(answer?.body.includes(Buffer.from([0x16, ...text("re:c1")])));
    peer.say(packet(CONNACK, 0, 0, method.length, method));
    await kit.until(client.opened());
    const renewed = client.reauthenticate();
    const [again] = await expecting(peer, AUTH);
    assert.equal(again?.body[0], 0x19);
    peer.say(packet(AUTH, 0, method.length, method));
    await kit.until(renewed);
  });

  it("requests by response topic and correlation data, and gives up in time", async () => {
    const { client, peer } = await open();
    const reply = client.request<string>("svc", "ping", { qos: 0, replyCodec: textCodec() });
    const body = await granted(peer);
    const topic = body.subarray(body.length - 1 - body.readUInt16BE(5), body.length - 1).toString();
    const [sent] = await expecting(peer, PUBLISH);
    const request = sent?.body as Buffer;
    const at = request.indexOf(9, request.indexOf(topic) + topic.length);
    const data = request.subarray(at, at + 3 + request.readUInt16BE(at + 1));
    peer.say(publish(topic, "pong", { properties: [data.length, ...data] }));
    assert.equal((await kit.until(reply)).payload, "pong");
    const late = client.request("svc", "ping", { timeout: 500 });
    await kit.advance(501);
    await assert.rejects(late, (error: DropError) => error.code === "timeout");
  });

  it("follows the broker to another server if asked to, with path and scheme", async () => {
    connect({ followRedirects: true, backoff: { initial: 1, max: 1 } });
    const peer: BrokerSide = await kit.accept();
    await expecting(peer, CONNECT);
    const other = [0x1c, ...text("other.example:9001")];
    peer.say(packet(CONNACK, 0, 0x9c, other.length, other));
    const next: BrokerSide = await kit.accept();
    assert.equal(next.url, "wss://other.example:9001/mqtt");
    await welcome(next);
  });

  it("tells of a payload that does not decode, and goes on", async () => {
    const { client, peer } = await open({ codecs: { "a/#": json() } });
    const invalid: string[] = [];
    const heard: unknown[] = [];
    client.addEventListener("invalid", ({ topic, error }) => invalid.push(`${topic} ${error}`));
    client.subscribe("#", {}, ({ payload }) => heard.push(payload));
    await granted(peer);
    peer.say(publish("a/b", "{"));
    peer.say(publish("a/b", "1"));
    peer.say(publish("b", "x"));
    await kit.advance(1);
    assert.match(invalid.join(), /^a\/b SyntaxError/);
    assert.deepEqual(heard, [1, new Uint8Array([120])]);
  });

  it("takes a text frame for a violation: close 4002, and a typed error", async () => {
    const { client, peer } = await open();
    const errors: string[] = [];
    client.addEventListener("error", ({ error }) => errors.push(error.message));
    peer.say("text" as never);
    await kit.advance(1);
    assert.match(errors.join(), /the broker broke the protocol/);
    assert.equal(peer.closed?.code, 4002);
  });

  it("gives up a message whose signal aborts", async () => {
    const client = connect();
    const leave = new AbortController();
    const result = client.publish("a", "x", { qos: 1, signal: leave.signal });
    leave.abort();
    await assert.rejects(result, { name: "AbortError" });
    const peer: BrokerSide = await kit.accept();
    await welcome(peer);
    await kit.until(client.opened());
    await kit.until(client.flushed());
    const next = client.publish("a", "y");
    const [sent] = await expecting(peer, PUBLISH);
    assert.equal(sent?.flags, 0);
    await next;
  });

  it("keeps what is not acknowledged over a reload, and throws no session away", async () => {
    let kept: unknown;
    const store = {
      load: async () => kept as never,
      save: async (it: unknown) => {
        kept = it;
      },
    };
    const early = connect({ store, clientId: "me" });
    // The store has not answered yet.
    void early.publish("a", "x", { qos: 1 });
    early.subscribe("b");
    const peer: BrokerSide = await kit.accept();
    await welcome(peer);
    await granted(peer);
    await expecting(peer, PUBLISH);
    const first = { client: early, peer };
    await kit.advance(1);
    // The page is gone: nobody says farewell.
    const snapshot = structuredClone(kept);
    first.peer.drop();
    void first.client.close();
    await kit.advance(1_000);
    kept = snapshot;
    connect({ store, clientId: "me" });
    const next: BrokerSide = await kit.accept();
    const { body } = await welcome(next, { sessionPresent: 1 });
    assert.equal((body[7] as number) & 2, 0);
    const [again] = await expecting(next, PUBLISH);
    assert.equal(again?.flags, 0b1010);
    next.say(packet(PUBACK, [...(again?.body.subarray(3, 5) ?? [])]));
    await kit.advance(1);
    assert.deepEqual((kept as { messages: unknown[] }).messages, []);
  });
});
