// Fates as promises, at-least-once and backpressure: the real engine in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  connect,
  type DropError,
  OptionError,
  type Options,
  raw,
  type TautlineError,
} from "../index.js";
import type { Kit, Peer } from "../testing/index.js";
import { wasm } from "./real.js";
import { heard } from "./start.js";
import {
  ADDRESS,
  fate,
  HEARTBEAT,
  isPing,
  type Message,
  makeKit,
  opened,
  pong,
} from "./testing/setup.js";

const CONFIRMING: Options<Message, Message> = { heartbeat: HEARTBEAT };
const KEEPING: Options<Message, Message> = { ...CONFIRMING, delivery: "at-least-once" };

/** What a peer has received, pings apart. */
const messages = ({ received }: Peer<Message, Message>) => received.filter((it) => !isPing(it));

/** The next ping of a peer that heeds nothing else. */
async function ping(peer: Peer<Message, Message>): Promise<Message> {
  for (;;) {
    const message = await peer.expect();
    if (isPing(message)) return message;
  }
}

/** Breaks the connection and accepts the next one. */
function brokenAndBack(kit: Kit<Message, Message>, peer: Peer<Message, Message>) {
  peer.drop();
  return kit.accept();
}

/** A socket whose dial is not accepted yet. */
async function dialled(options: Options<Message, Message> = {}) {
  const kit = makeKit();
  const socket = connect<Message, Message>(ADDRESS, options);
  await kit.settle();
  return { kit, socket };
}

test("deliver resolves when the message is handed to the browser, queued or not", async () => {
  const { kit, socket } = await dialled();
  const early = socket.deliver({ type: "a" });
  await kit.settle();
  assert.equal(socket.stats().queuedMessages, 1);
  const peer = await kit.accept();
  await early;
  await socket.deliver({ type: "b" });
  assert.deepEqual(peer.received, [{ type: "a" }, { type: "b" }]);
});

test("until confirmed it resolves with the pong to a later ping, and not before", async () => {
  const { kit, socket, peer } = await opened(CONFIRMING);
  let done = 0;
  const all = [1, 2].map((n) => socket.deliver({ type: "a", n }, { until: "confirmed" }));
  for (const one of all) one.then(() => done++);
  const first = await ping(peer);
  assert.equal(kit.elapsed, 1_000, "within confirmWithin, which is 1 s");
  const late = socket.deliver({ type: "late" }, { until: "confirmed" });
  peer.say({ type: "pong", id: 77 });
  await kit.settle();
  assert.equal(done, 0);
  peer.say(pong(first));
  await Promise.all(all);
  assert.equal(done, 2);
  peer.say(pong(await ping(peer)));
  await late;
});

test("a break tells what was sent and is not confirmed; what was queued goes on", async () => {
  const { kit, socket, peer } = await opened(CONFIRMING);
  const lost = socket.deliver({ type: "lost" }, { until: "confirmed" });
  const drops: unknown[] = heard(socket, "drop");
  await ping(peer);
  peer.drop();
  const kept = socket.deliver({ type: "kept" }, { until: "confirmed" });
  assert.equal(await fate(lost), "unconfirmed, sent");
  const again = await kit.accept();
  again.say(pong(await ping(again)));
  await kept;
  assert.deepEqual(messages(again), [{ type: "kept" }]);
  assert.equal(drops.length, 0, "a promise tells, and no event");
});

test("every end of a promise says whether the message has left, and comes at its time", async () => {
  const { kit, socket } = await dialled({ ...CONFIRMING, queue: { maxMessages: 1, ttl: 5 } });
  const expired = fate(socket.deliver({ type: "a" }));
  assert.equal(await fate(socket.deliver({ type: "b" })), "queue-full, not sent");
  assert.equal(await kit.until(expired), "expired, not sent");
  assert.equal(kit.elapsed, 5);
  const key = "k";
  const replaced = fate(socket.deliver({ type: "c" }, { key }));
  const slow = fate(socket.deliver({ type: "d" }, { key, timeout: 100, ttl: 1_000 }));
  assert.equal(await replaced, "replaced, not sent");
  assert.equal(await kit.until(slow), "timeout, not sent");
  assert.equal(kit.elapsed, 105);
  const peer = await kit.accept();
  const unanswered = fate(socket.deliver({ type: "e" }, { until: "confirmed", timeout: 300 }));
  assert.equal(await kit.until(unanswered), "timeout, sent");
  assert.equal(kit.elapsed, 405);
  const unconfirmed = fate(socket.deliver({ type: "f" }, { until: "confirmed" }));
  await socket.close();
  assert.equal(peer.closed?.code, 1005);
  assert.equal(await unconfirmed, "unconfirmed, sent");
  assert.equal(await fate(socket.deliver({ type: "g" })), "closed, not sent");
});

test("a signal takes back what has not left, and ends the wait for what has", async () => {
  const { kit, socket } = await dialled(CONFIRMING);
  const abort = new AbortController();
  const { signal } = abort;
  const queued = socket.deliver({ type: "a" }, { signal });
  abort.abort("enough");
  assert.equal(await fate(queued), "enough");
  assert.equal(await fate(socket.deliver({ type: "b" }, { signal })), "enough");
  const peer = await kit.accept();
  await peer.expectNothing();
  const second = new AbortController();
  const sent = socket.deliver({ type: "c" }, { until: "confirmed", signal: second.signal });
  second.abort("enough");
  assert.equal(await fate(sent), "enough");
  assert.equal(socket.stats().heldMessages, 0);
  assert.deepEqual(messages(peer), [{ type: "c" }]);
});

test("at least once: what a pong has not confirmed goes again, first and in order", async () => {
  const { kit, socket, peer } = await opened(KEEPING);
  for (const n of [1, 2]) assert.equal(socket.send({ type: "a", n }), "sent");
  const early = await ping(peer);
  assert.equal(socket.send({ type: "a", n: 3 }), "sent");
  peer.say(pong(early));
  const openings: { unconfirmed: number }[] = heard(socket, "open");
  peer.drop();
  assert.equal(socket.send({ type: "a", n: 4 }), "queued");
  const again = await kit.accept();
  assert.deepEqual(
    messages(again).map(({ n }) => n),
    [3, 4],
  );
  assert.equal(openings[0]?.unconfirmed, 1);
  assert.equal(socket.stats().heldMessages, 2);
  again.say(pong(await ping(again)));
  assert.equal(socket.stats().heldMessages, 0);
  assert.deepEqual(messages(await brokenAndBack(kit, again)), []);
});

test("at least once: deliver survives breaks; sent, it is an event if it is lost in the end", async () => {
  const { kit, socket, peer } = await opened(KEEPING);
  const drops: { error: DropError; message: Message }[] = heard(socket, "drop");
  const confirmed = socket.deliver({ type: "a" }, { until: "confirmed" });
  await socket.deliver({ type: "b" });
  const again = await brokenAndBack(kit, peer);
  assert.equal(messages(again).length, 2);
  again.say(pong(await ping(again)));
  await confirmed;
  await socket.deliver({ type: "c" });
  socket.send({ type: "d" });
  await socket.close();
  assert.deepEqual(
    drops.map(({ error, message }) => [message.type, error.code, error.sent]),
    [
      ["c", "unconfirmed", true],
      ["d", "unconfirmed", true],
    ],
  );
});

test("stamped ids count up, survive resending, and are of this socket alone", async () => {
  const stamp = (message: Message, mid: string) => ({ ...message, mid });
  const options = { ...KEEPING, stamp };
  const { kit, socket, peer } = await opened(options);
  const other = connect<Message, Message>(ADDRESS, options);
  const second = await kit.accept();
  for (let n = 0; n < 3; n++) socket.send({ type: "a" });
  other.send({ type: "a" });
  const ids = peer.received.map(({ mid }) => mid?.split(":") as [string, string]);
  assert.deepEqual(
    ids.map(([, n]) => n),
    ["1", "2", "3"],
  );
  assert.equal(new Set(ids.map(([name]) => name)).size, 1);
  assert.notEqual(second.received[0]?.mid?.split(":")[0], ids[0]?.[0]);
  const again = await brokenAndBack(kit, peer);
  assert.deepEqual(messages(again), messages(peer));
  assert.equal(socket.send(raw('{"type":"raw"}')), "sent");
  assert.deepEqual(messages(again).at(-1), { type: "raw" });
});

test("a full queue refuses while open, too, and a stamp that throws is a drop", async () => {
  const { socket } = await opened({
    ...KEEPING,
    queue: { maxMessages: 2 },
    stamp: (message) => {
      if (message.type === "bad") throw new Error("no");
      return message;
    },
  });
  const drops: { error: TautlineError }[] = heard(socket, "drop");
  const fates = [1, 2, 3].map((n) => socket.send({ type: "a", n }));
  assert.deepEqual(fates, ["sent", "sent", "dropped"]);
  assert.equal(socket.send({ type: "bad" }), "dropped");
  assert.deepEqual(
    drops.map(({ error }) => error.code),
    ["queue-full", "encode"],
  );
});

test("bytes that are kept stay as they were sent, and are let go when confirmed", async () => {
  const codec = {
    encode: (message: unknown) => message as Uint8Array<ArrayBuffer> | string,
    decode: (frame: unknown) => frame,
  };
  const kit = makeKit({ codec });
  const socket = connect<unknown, unknown>(ADDRESS, {
    codec,
    delivery: "at-least-once",
    heartbeat: { ping: (id: number) => `ping ${id}`, isPong: (frame) => frame === "pong" },
  });
  const peer = await kit.accept();
  const bytes = new Uint8Array([1, 2, 3]);
  socket.send(bytes);
  bytes.fill(9);
  const again = await brokenAndBack(kit, peer);
  await again.expect(raw(new Uint8Array([1, 2, 3])));
});

test("close with a drain waits for the confirmation", async () => {
  const { kit, socket, peer } = await opened(KEEPING);
  const confirmed = socket.deliver({ type: "a" }, { until: "confirmed" });
  const closed = socket.close(1000, "", { drain: 5_000 });
  const asked = await ping(peer);
  assert.equal(socket.state.name, "closing");
  assert.equal(peer.closed, undefined);
  await kit.advance(2_000);
  peer.say(pong(asked));
  await confirmed;
  await peer.expectClose(1000, { within: 0 });
  await closed;
});

test("drained and flushed wait for queue, confirmation and browser", async () => {
  const { kit, socket } = await dialled(CONFIRMING);
  const over: string[] = [];
  const note = (name: string) => () => over.push(`${kit.elapsed} ${name}`);
  const size = JSON.stringify({ type: "a" }).length;
  await socket.flushed();
  await socket.drained(0);
  socket.send({ type: "a" });
  socket.send({ type: "a" });
  socket.drained(2 * size).then(note("roomy"));
  socket.drained(size).then(note("tight"));
  const empty = socket.flushed().then(note("empty"));
  await kit.advance(100);
  assert.deepEqual(over, ["0 roomy"]);
  // The way is blocked right behind the browser, which then holds what left the queue.
  kit.serve((peer) => peer.stall());
  socket.reconnect();
  await kit.until(() => socket.state.name === "open");
  await kit.advance(60);
  assert.deepEqual(over, ["0 roomy"]);
  const [peer] = kit.peers;
  peer?.resume();
  await kit.until(empty);
  const at = kit.elapsed;
  assert.deepEqual(over.slice(1), [`${at} tight`, `${at} empty`]);
  const confirming = socket.deliver({ type: "b" }, { until: "confirmed" });
  const flushed = socket.flushed();
  peer?.answer(isPing, pong);
  await kit.until(Promise.all([confirming, flushed]));
});

test("waiting ends with a timeout, a signal or the socket", async () => {
  const { kit, socket } = await dialled();
  socket.send({ type: "a" });
  for (const wait of [
    (timeout: number) => socket.flushed({ timeout }),
    (timeout: number) => socket.drained(0, { timeout }),
    (timeout: number) => socket.opened({ timeout }),
  ]) {
    const since = kit.elapsed;
    assert.equal(await kit.until(fate(wait(70))), "timeout");
    assert.equal(kit.elapsed - since, 70);
  }
  const abort = new AbortController();
  const { signal } = abort;
  const waits = [socket.flushed({ signal }), socket.opened({ signal })];
  abort.abort("enough");
  for (const one of waits) assert.equal(await fate(one), "enough");
  const closing = fate(socket.flushed());
  await socket.close();
  assert.equal(await kit.until(closing), "closed");
  assert.equal(await fate(socket.flushed()), "closed");
  await kit.expectNothingLeft();
});

test("misuse rejects with what is wrong, and nothing is sent", async () => {
  const { socket, peer } = await opened();
  const wrong: [Promise<unknown>, RegExp][] = [
    [socket.deliver({ type: "a" }, { until: "confirmed" }), /until: got confirmed/],
    [socket.deliver({ type: "a" }, { until: "read" } as never), /until: got read/],
    [socket.deliver({ type: "a" }, { timeout: 0 }), /timeout: got 0/],
    [socket.request({ type: "a" }), /options\.requests/],
    [socket.reauthenticate(), /options\.auth/],
    [socket.drained(-1), /bytes: got -1/],
    [socket.drained(undefined as never), /bytes: got NaN/],
    [socket.flushed({ timeout: "1" } as never), /timeout: got/],
  ];
  for (const [promise, message] of wrong) {
    await assert.rejects(promise, (error: Error) => {
      assert.ok(error instanceof OptionError);
      assert.match(error.message, message);
      return true;
    });
  }
  await peer.expectNothing();
});

test("misuse leaves no timer and no listener behind", async () => {
  const { kit, socket } = await dialled();
  const before = kit.pending().timers.length;
  const listeners = new Set<unknown>();
  const signal = new AbortController().signal;
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener(...args: Parameters<typeof addEventListener>) {
      listeners.add(args[1]);
      addEventListener.apply(signal, args);
    },
    removeEventListener(...args: Parameters<typeof removeEventListener>) {
      listeners.delete(args[1]);
      removeEventListener.apply(signal, args);
    },
  });
  const options = { timeout: 60_000, signal };
  await assert.rejects(socket.drained(-1, options), OptionError);
  await assert.rejects(socket.reauthenticate(options), OptionError);
  await assert.rejects(socket.request({ type: "a" }, options), OptionError);
  await assert.rejects(socket.deliver({ type: "a" }, { ...options, until: "no" as never }));
  await socket.flushed(options);
  assert.equal(kit.pending().timers.length, before);
  assert.equal(listeners.size, 0);
});

test("rejections that nobody looks at are never unhandled", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", note);
  const { kit, socket, peer } = await opened(CONFIRMING);
  void socket.deliver({ type: "a" }, { until: "confirmed" });
  void socket.deliver({ type: "a" }, { until: "no" } as never);
  void socket.request({ type: "a" });
  void socket.flushed({ timeout: 1 });
  void socket.opened({ signal: AbortSignal.abort() });
  void socket.reauthenticate();
  void socket.close();
  peer.drop();
  void socket.deliver({ type: "a" });
  await kit.until(() => socket.state.name === "closed");
  await kit.advance(1_000);
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
});

test("a trap settles every promise", async () => {
  const { kit, socket, peer } = await opened(KEEPING);
  const sent = socket.deliver({ type: "a" }, { until: "confirmed" });
  wasm.trap = "enqueue";
  const trapped = socket.deliver({ type: "b" }, { until: "confirmed" });
  assert.equal(await fate(sent), "closed, sent");
  assert.equal(await fate(trapped), "closed, not sent");
  await peer.expectClose();
  await kit.expectNothingLeft();
});
