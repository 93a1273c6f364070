// Fates as promises, at-least-once and backpressure, with the real engine over a scripted WebSocket.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DropError, OptionError, type Options, raw, type Socket, TautlineError } from "../index.js";
import { FakeWebSocket } from "./fakes.js";
import { dial, liveTimers, reached, wasm } from "./real.js";
import { heard } from "./start.js";

type Message = { type: string; id?: number; mid?: string; n?: number };

const HEARTBEAT = {
  ping: (id: number) => ({ type: "ping", id }),
  isPong: (message: Message) => message.type === "pong" && (message.id ?? true),
};
const CONFIRMING: Options<Message, Message> = { heartbeat: HEARTBEAT, confirmWithin: 0 };
const KEEPING: Options<Message, Message> = { ...CONFIRMING, delivery: "at-least-once" };

const parse = (data: unknown): Message => JSON.parse(data as string);
const pongTo = ({ id }: Message) => JSON.stringify({ type: "pong", id });
/** What a native socket has sent, pings apart. */
const messages = (native: FakeWebSocket) =>
  native.sent.map(parse).filter(({ type }) => type !== "ping");

/** The next ping that leaves. */
async function ping(native: FakeWebSocket): Promise<Message> {
  for (;;) {
    const index = native.sent.findIndex((data) => parse(data).type === "ping");
    if (index >= 0) return parse(native.sent.splice(index, 1)[0]);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function opened(options: Options<Message, Message> = CONFIRMING) {
  const made = await dial<Message, Message>(options);
  made.native.open();
  return made;
}

/** Breaks the connection; the next one is up when this is over. */
async function brokenAndBack(socket: Socket<Message, Message>, native: FakeWebSocket) {
  const next = FakeWebSocket.next();
  native.end(1006);
  const again = await next;
  again.open();
  assert.equal(socket.state.name, "open");
  return again;
}

/** How a promise ends: undefined, or the error's code and whether the message had left. */
const fate = (promise: Promise<unknown>) =>
  promise.then(
    () => "done",
    (error: unknown) =>
      error instanceof DropError
        ? `${error.code}, ${error.sent ? "sent" : "not sent"}`
        : error instanceof TautlineError
          ? error.code
          : error,
  );

test("deliver resolves when the message is handed to the browser, queued or not", async () => {
  const { socket, native } = await dial<Message, Message>({});
  const early = socket.deliver({ type: "a" });
  assert.equal(native.sent.length, 0);
  native.open();
  await early;
  await socket.deliver({ type: "b" });
  assert.deepEqual(messages(native), [{ type: "a" }, { type: "b" }]);
});

test("until confirmed it resolves with the pong to a later ping, and not before", async () => {
  const { socket, native } = await opened();
  let done = 0;
  const all = [1, 2].map((n) => socket.deliver({ type: "a", n }, { until: "confirmed" }));
  for (const one of all) one.then(() => done++);
  const first = await ping(native);
  const late = socket.deliver({ type: "late" }, { until: "confirmed" });
  assert.equal(done, 0);
  native.receive(JSON.stringify({ type: "pong", id: 77 }));
  native.receive(pongTo(first));
  await Promise.all(all);
  assert.equal(done, 2);
  native.receive(pongTo(await ping(native)));
  await late;
});

test("a break tells what was sent and is not confirmed; what was queued goes on", async () => {
  const { socket, native } = await opened();
  const lost = socket.deliver({ type: "lost" }, { until: "confirmed" });
  const drops: unknown[] = heard(socket as Socket, "drop");
  await ping(native);
  const next = FakeWebSocket.next();
  native.end(1006);
  const kept = socket.deliver({ type: "kept" }, { until: "confirmed" });
  assert.equal(await fate(lost), "unconfirmed, sent");
  const again = await next;
  again.open();
  again.receive(pongTo(await ping(again)));
  await kept;
  assert.deepEqual(messages(again), [{ type: "kept" }]);
  assert.equal(drops.length, 0, "a promise tells, and no event");
});

test("every end of a promise says whether the message has left", async () => {
  const queue = { maxMessages: 1, ttl: 5 };
  const { socket, native } = await dial<Message, Message>({ ...CONFIRMING, queue });
  const expired = fate(socket.deliver({ type: "a" }));
  assert.equal(await fate(socket.deliver({ type: "b" })), "queue-full, not sent");
  assert.equal(await expired, "expired, not sent");
  const key = "k";
  const replaced = fate(socket.deliver({ type: "c" }, { key }));
  const slow = fate(socket.deliver({ type: "d" }, { key, timeout: 1, ttl: 1_000 }));
  assert.equal(await replaced, "replaced, not sent");
  assert.equal(await slow, "timeout, not sent");
  native.open();
  const unanswered = socket.deliver({ type: "e" }, { until: "confirmed", timeout: 1 });
  assert.equal(await fate(unanswered), "timeout, sent");
  const unconfirmed = fate(socket.deliver({ type: "f" }, { until: "confirmed" }));
  socket.close();
  native.end(1000);
  assert.equal(await unconfirmed, "unconfirmed, sent");
  assert.equal(await fate(socket.deliver({ type: "g" })), "closed, not sent");
});

test("a signal takes back what has not left, and ends the wait for what has", async () => {
  const { socket, native } = await dial<Message, Message>(CONFIRMING);
  const abort = new AbortController();
  const { signal } = abort;
  const queued = socket.deliver({ type: "a" }, { signal });
  abort.abort("enough");
  assert.equal(await fate(queued), "enough");
  assert.equal(await fate(socket.deliver({ type: "b" }, { signal })), "enough");
  native.open();
  assert.deepEqual(messages(native), []);
  const second = new AbortController();
  const sent = socket.deliver({ type: "c" }, { until: "confirmed", signal: second.signal });
  second.abort("enough");
  assert.equal(await fate(sent), "enough");
  assert.equal(socket.stats().heldMessages, 0);
  native.receive(pongTo(await ping(native)));
});

test("at least once: what a pong has not confirmed goes again, first and in order", async () => {
  const { socket, native } = await opened(KEEPING);
  assert.deepEqual(
    [1, 2].map((n) => socket.send({ type: "a", n })),
    ["sent", "sent"],
  );
  const early = await ping(native);
  assert.equal(socket.send({ type: "a", n: 3 }), "sent");
  native.receive(pongTo(early));
  const openings: { unconfirmed: number }[] = heard(socket as Socket, "open");
  const next = FakeWebSocket.next();
  native.end(1006);
  assert.equal(socket.send({ type: "a", n: 4 }), "queued");
  const again = await next;
  again.open();
  assert.deepEqual(
    messages(again).map(({ n }) => n),
    [3, 4],
  );
  assert.equal(openings[0]?.unconfirmed, 1);
  assert.equal(socket.stats().heldMessages, 2);
  again.receive(pongTo(await ping(again)));
  assert.equal(socket.stats().heldMessages, 0);
  assert.deepEqual(messages(await brokenAndBack(socket, again)), []);
});

test("at least once: deliver survives breaks; sent, it is an event if it is lost in the end", async () => {
  const { socket, native } = await opened(KEEPING);
  const drops: { error: DropError; message: Message }[] = heard(socket as Socket, "drop");
  const confirmed = socket.deliver({ type: "a" }, { until: "confirmed" });
  await socket.deliver({ type: "b" });
  const again = await brokenAndBack(socket, native);
  assert.equal(messages(again).length, 2);
  again.receive(pongTo(await ping(again)));
  await confirmed;
  await socket.deliver({ type: "c" });
  socket.send({ type: "d" });
  socket.close();
  again.end(1000);
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
  const first = await opened({ ...KEEPING, stamp });
  const second = await opened({ ...KEEPING, stamp });
  for (let n = 0; n < 3; n++) first.socket.send({ type: "a" });
  second.socket.send({ type: "a" });
  const ids = messages(first.native).map(({ mid }) => mid?.split(":") as [string, string]);
  assert.deepEqual(
    ids.map(([, n]) => n),
    ["1", "2", "3"],
  );
  assert.equal(new Set(ids.map(([name]) => name)).size, 1);
  assert.notEqual(messages(second.native)[0]?.mid?.split(":")[0], ids[0]?.[0]);
  const again = await brokenAndBack(first.socket, first.native);
  assert.deepEqual(messages(again), messages(first.native));
  assert.equal(first.socket.send(raw('{"type":"raw"}')), "sent");
  assert.deepEqual(messages(again).at(-1), { type: "raw" });
});

test("a full queue refuses while open, too, and a stamp that throws is a drop", async () => {
  const drops: { error: TautlineError }[] = [];
  const { socket } = await opened({
    ...KEEPING,
    queue: { maxMessages: 2 },
    stamp: (message) => {
      if (message.type === "bad") throw new Error("no");
      return message;
    },
  });
  socket.addEventListener("drop", (event) => drops.push(event));
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
  const { socket, native } = await dial<unknown, unknown>({
    codec,
    delivery: "at-least-once",
    confirmWithin: 0,
    heartbeat: { ping: (id: number) => `ping ${id}`, isPong: (frame) => frame === "pong" },
  });
  native.open();
  const bytes = new Uint8Array([1, 2, 3]);
  socket.send(bytes);
  bytes.fill(9);
  const next = FakeWebSocket.next();
  native.end(1006);
  const again = await next;
  again.open();
  assert.deepEqual([...(again.sent[0] as Uint8Array)], [1, 2, 3]);
});

test("close with a drain waits for the confirmation", async () => {
  const { socket, native } = await opened(KEEPING);
  const confirmed = socket.deliver({ type: "a" }, { until: "confirmed" });
  const closed = socket.close(1000, "", { drain: 5_000 });
  assert.equal(socket.state.name, "closing");
  assert.equal(native.closes.length, 0);
  native.receive(pongTo(await ping(native)));
  await confirmed;
  assert.deepEqual(native.closes, [[1000, ""]]);
  native.end(1000);
  await closed;
});

test("drained and flushed wait for queue, confirmation and browser", async () => {
  const { socket, native } = await dial<Message, Message>(CONFIRMING);
  const over: string[] = [];
  const note = (name: string) => () => over.push(name);
  const sizes = JSON.stringify({ type: "a" }).length;
  await socket.flushed();
  await socket.drained(0);
  socket.send({ type: "a" });
  socket.send({ type: "a" });
  const roomy = socket.drained(2 * sizes).then(note("roomy"));
  const tight = socket.drained(sizes).then(note("tight"));
  const empty = socket.flushed().then(note("empty"));
  await roomy;
  assert.deepEqual(over, ["roomy"]);
  native.bufferedAmount = sizes + 1;
  native.open();
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(over, ["roomy"]);
  native.bufferedAmount = sizes;
  await tight;
  assert.deepEqual(over, ["roomy", "tight"]);
  native.bufferedAmount = 0;
  await empty;
  const confirming = socket.deliver({ type: "b" }, { until: "confirmed" });
  const flushed = socket.flushed().then(note("flushed"));
  native.receive(pongTo(await ping(native)));
  await Promise.all([confirming, flushed]);
});

test("waiting ends with a timeout, a signal or the socket", async () => {
  const { socket, native } = await dial<Message, Message>({});
  socket.send({ type: "a" });
  assert.equal(await fate(socket.flushed({ timeout: 1 })), "timeout");
  assert.equal(await fate(socket.drained(0, { timeout: 1 })), "timeout");
  assert.equal(await fate(socket.opened({ timeout: 1 })), "timeout");
  const abort = new AbortController();
  const { signal } = abort;
  const waits = [socket.flushed({ signal }), socket.opened({ signal })];
  abort.abort("enough");
  for (const one of waits) assert.equal(await fate(one), "enough");
  const closing = socket.flushed();
  socket.close();
  native.end(1000);
  assert.equal(await fate(closing), "closed");
  assert.equal(await fate(socket.flushed()), "closed");
});

test("misuse rejects with what is wrong, and nothing is sent", async () => {
  const { socket, native } = await dial<Message, Message>({});
  native.open();
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
  assert.deepEqual(native.sent, []);
});

test("misuse leaves no timer and no listener behind", async () => {
  const { socket } = await dial<Message, Message>({});
  const before = liveTimers();
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
  assert.equal(liveTimers(), before);
  assert.equal(listeners.size, 0);
});

test("rejections that nobody looks at are never unhandled", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on("unhandledRejection", note);
  const { socket, native } = await opened();
  void socket.deliver({ type: "a" }, { until: "confirmed" });
  void socket.deliver({ type: "a" }, { until: "no" } as never);
  void socket.request({ type: "a" });
  void socket.flushed({ timeout: 1 });
  void socket.opened({ signal: AbortSignal.abort() });
  void socket.reauthenticate();
  void socket.close();
  native.end(1006);
  void socket.deliver({ type: "a" });
  await reached(socket as Socket, "closed");
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", note);
  assert.deepEqual(unhandled, []);
});

test("a trap settles every promise", async () => {
  const { socket, native } = await opened(KEEPING);
  const sent = socket.deliver({ type: "a" }, { until: "confirmed" });
  await reached(socket as Socket, "open");
  wasm.trap = "enqueue";
  const trapped = socket.deliver({ type: "b" }, { until: "confirmed" });
  assert.equal(await fate(sent), "closed, sent");
  assert.equal(await fate(trapped), "closed, not sent");
  assert.equal(native.closes.length, 1);
});
