import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { frame } from "../../stomp/frame.js";
import {
  connectStomp,
  type DropError,
  OptionError,
  StompError,
  type StompMessage,
  type StompOptions,
  TautlineError,
} from "../../stomp/index.js";
import { type BrokerSide, brokerkit, welcome } from "./broker.js";

const URL = "wss://broker.example/ws";
const message = (number: number, more = "", body = "") =>
  `MESSAGE|subscription:1|message-id:m${number}|ack:k${number}|destination:/q|${more}|${body}^`;

describe("a STOMP client", () => {
  let kit: ReturnType<typeof brokerkit>;
  const clients: ReturnType<typeof connectStomp>[] = [];
  const connect = (options: StompOptions = {}) => {
    const client = connectStomp(URL, { heartbeat: { outgoing: 0, incoming: 0 }, ...options });
    clients.push(client);
    return client;
  };
  const open = async (options: StompOptions = {}, more?: string) => {
    const client = connect(options);
    const peer: BrokerSide = await kit.accept();
    await welcome(peer, more);
    await kit.until(client.opened());
    return { client, peer };
  };
  /** The next connection after a break. */
  const again = async (client: ReturnType<typeof connectStomp>) => {
    const peer: BrokerSide = await kit.accept();
    await welcome(peer);
    await kit.until(client.opened());
    return peer;
  };

  beforeEach(() => {
    kit = brokerkit();
    kit.install();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) void client.close();
    await kit.advance(3_000);
    kit.restore();
  });

  it("offers its versions, and sends CONNECT with what the provider gives", async () => {
    const client = connect({
      versions: ["1.1", "1.2"],
      heartbeat: { outgoing: 5_000, incoming: 6_000 },
      connectHeaders: async ({ attempt }) => ({ login: "me", passcode: `p:${attempt}` }),
    });
    const peer: BrokerSide = await kit.accept();
    assert.deepEqual(peer.protocols, ["v12.stomp", "v11.stomp"]);
    assert.equal(
      await welcome(peer, "version:1.1|server:X"),
      "CONNECT|accept-version:1.1,1.2|heart-beat:5000,6000|host:/|login:me|passcode:p:0||^",
    );
    await kit.until(client.opened());
    assert.equal(client.version, "1.1");
    assert.equal(client.connected?.server, "X");
  });

  it("sends STOMP in the place of CONNECT if it is asked to, with escaped headers", async () => {
    const client = connect({ connectFrame: "STOMP", connectHeaders: { passcode: "p:\n" } });
    const peer: BrokerSide = await kit.accept();
    assert.equal(
      await welcome(peer, "version:1.2"),
      "STOMP|accept-version:1.0,1.1,1.2|heart-beat:0,0|host:/|passcode:p\\c\\n||^",
    );
    await kit.until(client.opened());
  });

  it("keeps messages until it is open, and then sends them in order", async () => {
    const client = connect();
    assert.equal(client.send("/q", "one"), "queued");
    const peer: BrokerSide = await kit.accept();
    await welcome(peer);
    await peer.expect("SEND|destination:/q|content-length:3||one^");
    assert.equal(
      client.send("/q", "zwei…", { contentType: "text/plain", headers: { "a:b": "\n" } }),
      "sent",
    );
    await peer.expect(
      "SEND|destination:/q|content-type:text/plain|content-length:7|a\\cb:\\n||zwei…^",
    );
    assert.equal(client.send("/q", new Uint8Array([65, 66])), "sent");
    await peer.expect("SEND|destination:/q|content-length:2||AB^");
    client.send("/q", "x", { contentLength: false });
    await peer.expect("SEND|destination:/q||x^");
  });

  it("resolves with the receipt, and rejects with the broker's word or the break", async () => {
    const { client, peer } = await open();
    const done = client.send("/q", "a", { receipt: true });
    await peer.expect("SEND|receipt:1|destination:/q|content-length:1||a^");
    peer.say("RECEIPT|receipt-id:1||^");
    await kit.until(done);

    const refused = client.send("/q", "b", { receipt: true });
    const broken = client.send("/q", "c", { receipt: true });
    await peer.expect();
    await peer.expect();
    peer.say("ERROR|receipt-id:2|message:no such queue||more^");
    await assert.rejects(kit.until(refused), (error: StompError) => {
      assert.deepEqual([error.code, error.reason, error.body], ["stomp", "error", "more"]);
      return (
        error instanceof StompError &&
        error instanceof TautlineError &&
        error.message.includes("no such queue")
      );
    });
    await assert.rejects(
      kit.until(broken),
      ({ code, sent }: DropError) => code === "unconfirmed" && sent,
    );
    await peer.expectClose();
  });

  it("knows by the second error that names nothing what alone was refused", async () => {
    const { client, peer } = await open({ delivery: "at-least-once", backoff: { initial: 10 } });
    const refused: StompError[] = [];
    client.send("/none", "a", { receipt: true }).catch((error) => refused.push(error));
    await peer.expect();
    // The broker may be going away.
    peer.say("ERROR|message:not_found||^");
    const next = await again(client);
    await next.expect("SEND|receipt:1|destination:/none|content-length:1||a^");
    assert.equal(refused.length, 0);
    next.say("ERROR|message:not_found||^");
    await kit.until(() => refused.length > 0);
    assert.deepEqual(
      refused.map(({ reason, headers }) => [reason, headers.message]),
      [["error", "not_found"]],
    );
    const last = await again(client);
    await last.expectNothing();
  });

  it("ends a subscription that alone is refused twice", async () => {
    const { client, peer } = await open({ backoff: { initial: 10 } });
    const subscription = client.subscribe("/none");
    await peer.expect();
    peer.say("ERROR|message:not_found||^");
    const next = await again(client);
    await next.expect();
    assert.equal(subscription.isOver, false);
    next.say("ERROR|message:not_found||^");
    await assert.rejects(kit.until(subscription.ready), { reason: "error" });
    assert.equal(subscription.isOver, true);
  });

  it("measures round trips after messages without a receipt, and after one that was given up", async () => {
    const { client, peer } = await open();
    const measured: number[] = [];
    client.addEventListener("latency", ({ latency }) => measured.push(latency));
    client.send("/q", "a");
    const abort = new AbortController();
    const given = client.send("/q", "b", { receipt: true, signal: abort.signal });
    await peer.expect();
    await peer.expect();
    abort.abort();
    await assert.rejects(given);
    const done = client.send("/q", "c", { receipt: true });
    await peer.expect();
    await kit.advance(25);
    peer.say("RECEIPT|receipt-id:1||^RECEIPT|receipt-id:2||^RECEIPT|receipt-id:3||^");
    await kit.until(done);
    assert.equal(measured.length, 1);
    assert.ok((measured[0] as number) >= 25);
  });

  it("gives up waiting for a receipt, by time or signal", async () => {
    const { client, peer } = await open();
    const late = client.send("/q", "a", { receipt: true, timeout: 500 });
    await peer.expect();
    const over = assert.rejects(late, { code: "timeout" });
    await kit.advance(500);
    await over;
    const abort = new AbortController();
    const aborted = client.send("/q", "b", { receipt: true, signal: abort.signal });
    abort.abort(new Error("enough"));
    await assert.rejects(aborted, /enough/);
  });

  it("subscribes, routes, and subscribes again before the queue leaves", async () => {
    const { client, peer } = await open();
    const heard: string[] = [];
    const subscription = client.subscribe("/q", { headers: { selector: "a > 1" } }, (message) =>
      heard.push(message.text()),
    );
    await peer.expect("SUBSCRIBE|id:1|destination:/q|ack:auto|receipt:s1|selector:a > 1||^");
    peer.say("RECEIPT|receipt-id:s1||^");
    await kit.until(subscription.ready);
    peer.say(message(1, "", "one") + message(2, "", "two"));
    await kit.until(() => heard.length === 2);
    assert.deepEqual(heard, ["one", "two"]);

    peer.drop();
    await kit.until(() => client.state.name === "waiting");
    client.send("/q", "later");
    const next = await again(client);
    await next.expect("SUBSCRIBE|id:1|destination:/q|ack:auto|receipt:s1|selector:a > 1||^");
    await next.expect("SEND|destination:/q|content-length:5||later^");

    subscription.unsubscribe({ durable: "true" });
    await next.expect("UNSUBSCRIBE|id:1|durable:true||^");
    next.say(message(3, "", "late"));
    await kit.advance(10);
    assert.deepEqual(heard, ["one", "two"]);
  });

  it("holds the messages of a subscription for who iterates over it", async () => {
    const { client, peer } = await open();
    const subscription = client.subscribe("/q", {
      codec: { decode: (frame) => JSON.parse(frame as string) as { n: number } },
      ack: "client-individual",
    });
    await peer.expect();
    peer.say(message(1, "content-type:application/json|", '{"n":1}'));
    peer.say(message(2, "", '{"n":2}'));
    await kit.advance(1);
    const seen: number[] = [];
    for await (const message of subscription) {
      seen.push(message.payload.n);
      message.ack();
      await peer.expect(`ACK|id:k${seen.length}||^`);
      if (seen.length === 2) break;
    }
    assert.deepEqual(seen, [1, 2]);
  });

  it("refuses acknowledgements that are too late, doubled, or not asked for", async () => {
    const { client, peer } = await open();
    const messages: StompMessage[] = [];
    client.subscribe("/q", { ack: "client-individual" }, (message) =>
      messages.push(message as StompMessage),
    );
    await peer.expect();
    peer.say(message(1) + message(2));
    await kit.until(() => messages.length === 2);
    const [first, second] = messages as [StompMessage, StompMessage];
    first.nack();
    await peer.expect("NACK|id:k1||^");
    assert.throws(() => first.ack(), { code: "stomp", reason: "settled" });
    peer.drop();
    await kit.until(() => client.state.name === "waiting");
    assert.throws(() => second.ack(), { reason: "stale" });
    await again(client);
    assert.throws(() => second.ack(), { reason: "stale" });
  });

  it("names messages as STOMP 1.1 does, and has no NACK in 1.0", async () => {
    for (const [version, expected] of [
      ["1.1", "ACK|message-id:m1|subscription:1||^"],
      ["1.0", "ACK|message-id:m1|subscription:1||^"],
    ]) {
      const { client, peer } = await open({}, `version:${version}`);
      const messages: StompMessage[] = [];
      client.subscribe("/q", { ack: "client-individual" }, (message) =>
        messages.push(message as StompMessage),
      );
      await peer.expect();
      peer.say(message(1));
      await kit.until(() => messages.length === 1);
      if (version === "1.0") assert.throws(() => messages[0]?.nack(), { reason: "unsupported" });
      messages[0]?.ack();
      await peer.expect(expected as string);
    }
  });

  it("keeps a transaction together, and lets it end with its connection", async () => {
    const { client, peer } = await open();
    const transaction = client.begin();
    await peer.expect("BEGIN|transaction:t1||^");
    transaction.send("/q", "x");
    await peer.expect("SEND|destination:/q|transaction:t1|content-length:1||x^");
    const committed = transaction.commit();
    await peer.expect("COMMIT|receipt:1|transaction:t1||^");
    peer.say("RECEIPT|receipt-id:1||^");
    await kit.until(committed);
    await assert.rejects(transaction.commit(), { reason: "settled" });

    const lost = client.begin();
    await peer.expect("BEGIN|transaction:t2||^");
    peer.drop();
    await kit.until(() => client.state.name === "waiting");
    assert.throws(() => lost.send("/q", "x"), { reason: "stale" });
    assert.throws(() => client.begin(), { reason: "not-open" });
    const next = await again(client);
    await assert.rejects(lost.commit(), { reason: "stale" });
    await next.expectNothing();
  });

  it("sends what has no receipt again, in order, with at-least-once", async () => {
    const { client, peer } = await open({ delivery: "at-least-once" });
    assert.equal(client.send("/q", "a"), "sent");
    client.send("/q", "b");
    await peer.expect("SEND|receipt:1|destination:/q|content-length:1||a^");
    await peer.expect("SEND|receipt:2|destination:/q|content-length:1||b^");
    peer.say("RECEIPT|receipt-id:1||^");
    await kit.advance(1);
    peer.drop();
    await kit.until(() => client.state.name === "waiting");
    const next = await again(client);
    await next.expect("SEND|receipt:2|destination:/q|content-length:1||b^");
  });

  it("closes with 4002 where the broker breaks the protocol, and names the violation", async () => {
    const { client, peer } = await open();
    const errors: unknown[] = [];
    client.addEventListener("error", ({ error }) => errors.push((error as StompError).reason));
    peer.say("MESSAGE|no colon||^");
    await peer.expectClose(4002);
    assert.deepEqual(errors, ["violation: header"]);
  });

  it("beats, and notices a broker that is silent", async () => {
    const { client, peer } = await open(
      { heartbeat: { outgoing: 4_000, incoming: 4_000 } },
      "version:1.2|heart-beat:4000,4000",
    );
    await peer.expect("|", { within: 4_000 });
    for (let i = 0; i < 5; i++) {
      await kit.advance(3_000);
      peer.say("|");
    }
    assert.equal(client.state.name, "open");
    await kit.until(() => client.state.name === "waiting", { within: 9_000 });
  });

  it("says DISCONNECT, and closes after its receipt", async () => {
    const { client, peer } = await open();
    const closed = client.close(1000, "bye");
    await peer.expect("DISCONNECT|receipt:4294967295||^");
    peer.say("RECEIPT|receipt-id:4294967295||^");
    await peer.expectClose(1000);
    await kit.until(closed);
    assert.equal(client.state.name, "closed");
  });

  it("tells of what the broker sends unasked", async () => {
    const { client, peer } = await open();
    const unasked: string[] = [];
    client.addEventListener("message", (event) => unasked.push(event.message.text()));
    peer.say("MESSAGE|subscription:/temp-queue/x|message-id:1|destination:/x||reply^");
    await kit.until(() => unasked.length === 1);
    assert.deepEqual(unasked, ["reply"]);
  });

  it("refuses wrong options and arguments where they are given", async () => {
    for (const options of [
      { versions: [] },
      { versions: ["2.0"] },
      { connectFrame: "connect" },
      { connectHeaders: { login: 1 } },
      { heartbeat: { outgoing: -1 } },
      { retry: () => true },
      { queue: { ttl: 1 } },
      { delivery: "exactly-once" },
      { other: 1 },
    ]) {
      assert.throws(
        () => connectStomp(URL, options as never),
        OptionError,
        JSON.stringify(options),
      );
    }
    const client = connect({ autoConnect: false });
    assert.throws(() => client.send(1 as never), OptionError);
    assert.throws(() => client.send("/q", "x", { ttl: 1 } as never), OptionError);
    assert.throws(() => client.subscribe("/q", { ack: "none" } as never), OptionError);
    client.subscribe("/q", { headers: { id: "mine" } }, () => {});
    assert.throws(() => client.subscribe("/q", { headers: { id: "mine" } }, () => {}), {
      reason: "id-taken",
    });
  });

  it("writes no header that a version cannot", () => {
    assert.throws(() => frame("CONNECT", { login: "a\nb" }), { reason: "header" });
    assert.throws(() => frame("CONNECT", { "a:b": "" }), { reason: "header" });
    assert.throws(() => frame("SEND", { a: "\0" }, 2), { reason: "header" });
    assert.equal(frame("SEND", { a: ":\r" }, 1), "SEND\na:\\c\r\n\n\0");
  });
});
