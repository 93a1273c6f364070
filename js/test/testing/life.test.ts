// The real engine in virtual time: what follows a break, a silence, a refusal, and exactly when.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { connect, type Options, type State } from "../../index.js";
import {
  ADDRESS,
  HEARTBEAT,
  isPing,
  type Message,
  makeKit,
  opened,
  pong,
  states,
} from "./setup.js";

const waiting = (state: State) => {
  assert.equal(state.name, "waiting");
  return state as State & { name: "waiting" };
};

describe("after a break", () => {
  test("it dials at the very time that the state names, and not before", async () => {
    const { kit, socket, peer } = await opened();
    peer.drop();
    const { until, attempt, cause } = waiting(socket.state);
    assert.deepEqual([attempt, cause.code], [1, 1006]);
    const delay = until - kit.now;
    assert.ok(delay > 0 && delay <= 4_000, `${delay}`);
    const seen = states(kit, socket);
    await kit.advance(delay - 1);
    assert.deepEqual(seen, []);
    await kit.advance(1);
    assert.deepEqual(seen, [`${delay} connecting`]);
    await kit.accept();
    assert.deepEqual(seen.slice(1), [`${delay} open`]);
  });

  test("the delays of refused dials are the same in every run, and others with another seed", async () => {
    const delays = async (seed?: number) => {
      const kit = makeKit(seed === undefined ? {} : { seed });
      kit.refuse(6);
      const socket = connect(ADDRESS);
      await kit.accept(undefined, { within: 200_000 });
      const dials = kit.history.filter((line) => line.includes("dial"));
      assert.equal(socket.stats().attempts, 7);
      return dials.map((line) => Number.parseInt(line.replaceAll(",", ""), 10));
    };
    const first = await delays();
    assert.deepEqual(await delays(), first);
    assert.deepEqual(await delays(1), first);
    assert.notDeepEqual(await delays(2), first);
    const windows = [0, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000];
    for (const [i, at] of first.entries()) {
      assert.ok(at - (first[i - 1] ?? 0) <= (windows[i] as number), `${i}: ${at}`);
    }
  });

  test("what a server says of the delay holds, and a server going away spreads the dials wide", async () => {
    const { kit, socket, peer } = await opened();
    peer.close(1013, '{"retry_after_ms": 10000}');
    const told = waiting(socket.state).until - kit.now;
    assert.ok(told >= 10_000 && told <= 12_000, `${told}`);
    const again = await kit.accept();
    assert.equal(kit.elapsed, told);
    again.close(1012, "restarting");
    const spread = waiting(socket.state).until - kit.now;
    assert.ok(spread <= 8_000, `${spread}`);
  });

  test("a code that is final is no break: no timer, no listener, no dial is left", async () => {
    for (const code of [1002, 1007, 4400, 4499]) {
      const { kit, socket, peer } = await opened();
      peer.close(code);
      assert.equal(socket.state.name === "closed" && socket.state.why, "final", `${code}`);
      await kit.expectNothingLeft();
    }
  });

  test("the network's return ends the wait at once", async () => {
    const { kit, socket, peer } = await opened();
    await kit.advance(20_000);
    peer.drop();
    kit.offline();
    kit.online();
    await kit.accept(undefined, { within: 0 });
    assert.deepEqual([kit.elapsed, socket.state.name], [20_000, "open"]);
  });

  test("offline it dials once in 30 s, and online at once", async () => {
    const { kit, socket, peer } = await opened({ maxAttempts: 10 });
    const seen = states(kit, socket);
    peer.drop();
    kit.offline();
    await kit.advance(70_000);
    const dials = seen.filter((line) => line.endsWith("connecting"));
    assert.deepEqual(dials, ["30000 connecting", "60000 connecting"]);
    kit.online();
    await kit.accept(undefined, { within: 0 });
    assert.equal(kit.elapsed, 70_000);
  });
});

describe("connecting", () => {
  test("a dial without an answer is given up after 10 s", async () => {
    const kit = makeKit();
    kit.stall();
    const socket = connect(ADDRESS);
    const seen = states(kit, socket);
    await kit.advance(10_000);
    assert.deepEqual(seen, ["0 connecting", "10000 waiting"].slice(-seen.length));
    assert.equal(waiting(socket.state).cause.kind, "connect-timeout");
    await kit.accept();
  });

  test("maxAttempts and maxElapsed end it", async () => {
    const kit = makeKit();
    kit.refuse(Number.POSITIVE_INFINITY);
    const few = connect(ADDRESS, { maxAttempts: 3 });
    await kit.until(() => few.state.name === "closed");
    assert.equal(few.stats().attempts, 4);
    const short = connect(ADDRESS, { maxElapsed: 5_000 });
    const begin = kit.elapsed;
    await kit.until(() => short.state.name === "closed");
    assert.ok(kit.elapsed - begin <= 5_000);
    assert.equal(short.state.name === "closed" && short.state.why, "exhausted");
    await kit.expectNothingLeft();
  });
});

describe("the heartbeat", () => {
  const heartbeat = HEARTBEAT;

  test("pings after 25 s of silence, and what arrives puts it off", async () => {
    const { kit, peer } = await opened({ heartbeat });
    peer.answer(isPing, pong);
    await kit.advance(24_999);
    assert.deepEqual(peer.received, []);
    await kit.advance(1);
    assert.deepEqual(peer.received, [{ type: "ping", id: 1 }]);
    await kit.advance(20_000);
    peer.say({ type: "news" });
    // While messages flow its timer ticks every quarter of the interval: silence is known to that grain.
    await kit.until(() => peer.received.length === 2);
    assert.equal(kit.elapsed, 45_000 + 23_750);
  });

  test("an idle link that dies is let go after 35 s: 25 of silence, 10 for the pong", async () => {
    const { kit, socket, peer } = await opened({ heartbeat });
    peer.stall();
    await kit.advance(34_999);
    assert.equal(socket.state.name, "open");
    await kit.advance(1);
    assert.equal(waiting(socket.state).cause.kind, "heartbeat");
    assert.deepEqual(kit.pending().sockets, [], "it is not waited for");
  });

  test("after a send a dead link is known within 12 s", async () => {
    const { kit, socket, peer } = await opened({ heartbeat });
    peer.answer(isPing, pong);
    await kit.advance(30_000);
    peer.stall();
    socket.send({ type: "say" });
    await kit.until(() => socket.state.name === "waiting");
    assert.ok(kit.elapsed <= 42_000, `${kit.elapsed}`);
  });

  test("a round trip is measured, and the next deadline is made of it", async () => {
    const { kit, socket, peer } = await opened({ heartbeat });
    await peer.expect(isPing, { within: 25_000 });
    await kit.advance(120);
    peer.say({ type: "pong", id: 1 });
    assert.equal(socket.stats().latency, 120);
    peer.stall();
    const begin = kit.elapsed;
    await kit.until(() => socket.state.name === "waiting");
    assert.equal(kit.elapsed - begin, 27_000 - 120 + 120, "25 s and the least of deadlines, 2 s");
  });

  test("a server that pings is answered, and its silence is judged by its rhythm", async () => {
    const { kit, socket, peer } = await opened({
      heartbeat: { isPing, pong: { type: "pong" }, expectEvery: 10_000 },
    });
    for (let beat = 0; beat < 3; beat++) {
      await kit.advance(10_000);
      peer.say({ type: "ping" });
      await peer.expect({ type: "pong" });
    }
    peer.stall();
    const begin = kit.elapsed;
    await kit.until(() => socket.state.name !== "open");
    assert.equal(waiting(socket.state).cause.kind, "heartbeat");
    assert.ok(kit.elapsed - begin <= 30_000, `${kit.elapsed - begin}`);
  });
});

describe("the page", () => {
  const heartbeat = HEARTBEAT;

  test("hidden, it pings every 50 s", async () => {
    const { kit, peer } = await opened({ heartbeat });
    kit.page.hide();
    await kit.advance(49_999);
    assert.equal(peer.received.length, 0);
    await kit.advance(1);
    assert.equal(peer.received.length, 1);
  });

  test("in the back/forward cache there is no connection, and coming back makes one at once", async () => {
    const { kit, socket, peer } = await opened();
    kit.page.leave();
    await kit.settle();
    assert.deepEqual(socket.state.name === "suspended" && socket.state.why, "frozen");
    assert.equal(peer.closed?.code, 1000);
    await kit.advance(600_000);
    kit.page.comeBack();
    await kit.accept(undefined, { within: 0 });
    assert.equal(kit.elapsed, 600_000);
  });

  test("a page that was frozen hears what came meanwhile, and judges nobody for its own silence", async () => {
    const { kit, socket, peer } = await opened({ heartbeat });
    const heard: unknown[] = [];
    socket.subscribe((message) => heard.push(message));
    peer.answer(isPing, pong);
    kit.page.freeze();
    await kit.advance(300_000);
    peer.say({ type: "news" });
    assert.deepEqual(heard, []);
    kit.page.resume();
    await kit.settle();
    assert.deepEqual(heard, [{ type: "news" }]);
    await kit.advance(60_000);
    assert.equal(socket.state.name, "open");
  });

  test("after sleep a dead link is known within 5 s, and a living one is kept", async () => {
    for (const isDead of [false, true]) {
      const { kit, socket, peer } = await opened({ heartbeat });
      peer.answer(isPing, pong);
      if (isDead) peer.stall();
      await kit.sleep(3_600_000);
      await kit.advance(5_000);
      assert.equal(socket.state.name === "open", !isDead, `dead: ${isDead}`);
    }
  });

  test("without a heartbeat the socket is replaced after a long sleep", async () => {
    const { kit, peer } = await opened();
    // There is no timer that could tell of the sleep but a signal of the page.
    await kit.sleep(60_000);
    kit.page.hide();
    kit.page.show();
    await kit.accept(undefined, { within: 10_000 });
    assert.notEqual(peer.closed, undefined);
  });
});

describe("the queue", () => {
  test("what was sent during a break leaves in order, and what waits too long does not", async () => {
    const options: Options<Message, Message> = { queue: { ttl: 60_000 } };
    const { kit, socket, peer } = await opened(options);
    const drops: string[] = [];
    socket.addEventListener("drop", ({ message, error }) =>
      drops.push(`${kit.elapsed} ${(message as Message).n} ${error.code}`),
    );
    kit.refuse(Number.POSITIVE_INFINITY);
    peer.drop();
    assert.equal(socket.send({ type: "say", n: 1 }), "queued");
    assert.equal(socket.send({ type: "say", n: 2 }, { ttl: 500 }), "queued");
    assert.equal(socket.send({ type: "say", n: 3 }, { key: "k" }), "queued");
    assert.equal(socket.send({ type: "say", n: 4 }, { key: "k" }), "queued");
    await kit.advance(500);
    assert.deepEqual(drops, ["0 3 replaced", "500 2 expired"]);
    kit.refuse(0);
    const again = await kit.accept();
    await again.expect({ type: "say", n: 1 });
    await again.expect({ type: "say", n: 4 });
    await again.expectNothing(60_000);
  });

  test("flushed() looks every 20 ms whether the browser has sent what it holds", async () => {
    const { kit, socket, peer } = await opened();
    peer.stall();
    socket.send({ type: "say", text: "größer" });
    const flushed = socket.flushed();
    await kit.advance(1_000);
    peer.resume();
    await kit.until(flushed);
    assert.equal(kit.elapsed, 1_020);
    await peer.expect({ type: "say", text: "größer" });
  });
});

describe("delivery", () => {
  const options: Options<Message, Message> = {
    heartbeat: HEARTBEAT,
    delivery: "at-least-once",
    stamp: (message, mid) => ({ ...message, mid }),
  };

  test("at least once: a ping follows within 1 s, and what no pong confirmed leaves again, first", async () => {
    const { kit, socket, peer } = await opened(options);
    const confirmed = socket.deliver({ type: "order", n: 1 }, { until: "confirmed" });
    const { mid } = await peer.expect((message) => message.n === 1);
    await peer.expect(isPing);
    assert.equal(kit.elapsed, 1_000);
    peer.drop();
    socket.send({ type: "order", n: 2 });
    const again = await kit.accept();
    assert.deepEqual(await again.expect(), { type: "order", n: 1, mid });
    assert.equal((await again.expect()).n, 2);
    const { id = 0 } = await again.expect(isPing);
    again.say({ type: "pong", id });
    await confirmed;
    assert.equal(socket.stats().heldMessages, 0);
    assert.equal(kit.peers.length, 2);
  });

  test("ids are the same in every run", async () => {
    const mid = async () => {
      const { socket, peer } = await opened(options);
      socket.send({ type: "order" });
      return (await peer.expect()).mid;
    };
    assert.equal(await mid(), await mid());
  });
});

describe("authentication", () => {
  const auth = (token: () => string | Promise<string>): Options<Message, Message> => ({
    auth: {
      message: async () => ({ type: "auth", token: await token() }),
      accept: ({ type }) => (type === "yes" ? true : type === "no" ? false : undefined),
      expiresIn: ({ holds }) => holds,
    },
  });

  test("nothing leaves before the yes", async () => {
    const { kit, socket, peer } = await opened(auth(() => "t1"));
    assert.equal(socket.send({ type: "say" }), "queued");
    await peer.expect({ type: "auth", token: "t1" });
    await peer.expectNothing(5_000);
    peer.say({ type: "yes" });
    await peer.expect({ type: "say" });
    assert.equal(kit.elapsed, 5_000);
  });

  test("a no asks once for a fresh token, within 4 s; a second no is the end", async () => {
    let asked = 0;
    const { kit, socket, peer } = await opened(auth(() => `t${++asked}`));
    await peer.expect({ type: "auth", token: "t1" });
    peer.say({ type: "no" });
    const { until } = waiting(socket.state);
    assert.ok(until - kit.now <= 4_000);
    const again = await kit.accept();
    assert.equal(kit.now, until);
    await again.expect({ type: "auth", token: "t2" });
    again.say({ type: "no" });
    assert.equal(socket.state.name === "closed" && socket.state.why, "unauthorized");
    await kit.expectNothingLeft();
  });

  test("credentials that expire are renewed before, over the same connection", async () => {
    let asked = 0;
    const { kit, socket, peer } = await opened(auth(() => `t${++asked}`));
    const renewals: number[] = [];
    for (let time = 1; time <= 3; time++) {
      await peer.expect({ type: "auth", token: `t${time}` }, { within: 60_000 });
      renewals.push(kit.elapsed);
      peer.say({ type: "yes", holds: 60_000 });
    }
    const [, first = 0, second = 0] = renewals;
    assert.ok(first > 30_000 && first < 60_000, `${first}`);
    assert.ok(second - first > 30_000 && second - first < 60_000, `${second}`);
    assert.equal(socket.state.name, "open");
    assert.equal(kit.peers.length, 1);
  });
});
