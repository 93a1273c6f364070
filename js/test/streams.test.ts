// Web Streams over sockets, with and without a WebSocketStream below. The real engine in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, type Options, type Socket } from "../index.js";
import { scope } from "../scope.js";
import { ADDRESS, HEARTBEAT, type Message, makeKit } from "./testing/setup.js";

const BROKEN = 1006;

function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

/** A scripted WebSocketStream, which knows what was asked of it. */
class FakeStream {
  static all: FakeStream[] = [];
  readonly unread: unknown[] = [];
  readonly written: unknown[] = [];
  readonly closes: unknown[] = [];
  #controller: ReadableStreamDefaultController<unknown> | undefined;
  #wanted: (() => void) | undefined;
  /** The network takes nothing while this is set. */
  stalled: Promise<unknown> | undefined;
  readonly #open = deferred<unknown>();
  readonly #end = deferred<{ closeCode: number; reason: string }>();
  readonly opened = this.#open.promise;
  readonly closed = this.#end.promise;
  readonly #readable = new ReadableStream(
    {
      start: (controller) => {
        this.#controller = controller;
      },
      pull: async (controller) => {
        if (!this.unread.length)
          await new Promise<void>((resolve) => {
            this.#wanted = resolve;
          });
        if (this.unread.length) controller.enqueue(this.unread.shift());
      },
    },
    { highWaterMark: 0 },
  );

  constructor() {
    this.opened.catch(() => {});
    this.closed.catch(() => {});
    FakeStream.all.push(this);
  }

  accept(protocol = ""): void {
    const writable = new WritableStream({
      write: async (data) => {
        await this.stalled;
        this.written.push(data);
      },
    });
    this.#open.resolve({ readable: this.#readable, writable, protocol, extensions: "" });
  }

  say(...messages: unknown[]): void {
    this.unread.push(...messages.map((message) => JSON.stringify(message)));
    this.#wanted?.();
  }

  close(info: unknown): void {
    this.closes.push(info);
  }

  /** The server or the network ends it; what is unread is lost, as in Chromium. */
  end(closeCode: number, reason = ""): void {
    this.unread.length = 0;
    const error = Object.assign(new Error("gone"), { closeCode, reason });
    if (closeCode === BROKEN) {
      this.#open.reject(error);
      this.#controller?.error(error);
      this.#end.reject(error);
    } else {
      this.#end.resolve({ closeCode, reason });
      this.#controller?.close();
    }
    this.#wanted?.();
  }
}

/** Lets every promise settle that can. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

const messages = (stream: FakeStream): Message[] =>
  stream.written.map((text) => JSON.parse(text as string));

/** A kit whose scope has a WebSocketStream, and a socket that is open over one. */
async function streaming(options: Options<Message, Message> = {}) {
  const kit = makeKit();
  FakeStream.all = [];
  Object.assign(scope, { WebSocketStream: FakeStream });
  const socket = connect<Message, Message>(ADDRESS, {
    transport: "stream",
    highWaterMark: 4,
    heartbeat: HEARTBEAT,
    backoff: { initial: 1, max: 1 },
    ...options,
  });
  const next = async () => {
    const count = FakeStream.all.length;
    for (let ms = 0; FakeStream.all.length === count && ms < 100; ms++) {
      await kit.advance(1);
      await settle();
    }
    const stream = FakeStream.all.at(-1) as FakeStream;
    stream.accept();
    await settle();
    return stream;
  };
  const stream = await next();
  assert.equal(socket.state.name, "open");
  return { kit, socket, stream, next };
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ type: "n", n: from + index }));

async function take(reader: ReadableStreamDefaultReader<Message>, count: number) {
  const got: (number | undefined)[] = [];
  for (let n = 0; n < count; n++) got.push((await reader.read()).value?.n);
  return got;
}

test("over a WebSocketStream messages come and go, and without a reader nothing is held back", async () => {
  const { socket, stream } = await streaming();
  const got: Message[] = [];
  socket.subscribe((message) => got.push(message));
  stream.say(...numbered(1, 100));
  await settle();
  assert.equal(got.length, 100);
  assert.equal(socket.send({ type: "hi" }), "sent");
  await settle();
  assert.deepEqual(messages(stream), [{ type: "hi" }]);
});

test("a full reader stops the reading; the server is pinged on and not judged, however long", async () => {
  const { kit, socket, stream } = await streaming();
  const states: string[] = [];
  socket.addEventListener("state", ({ state }) => states.push(state.name));
  const reader = socket.readable.getReader();
  stream.say(...numbered(1, 20));
  await settle();
  assert.equal(stream.unread.length, 16, "four were taken");
  await kit.advance(3_600_000);
  assert.deepEqual(states, []);
  const pings = messages(stream).filter(({ type }) => type === "ping").length;
  assert.ok(pings >= 140 && pings <= 146, `${pings} pings in an hour`);
  assert.deepEqual(
    await take(reader, 20),
    numbered(1, 20).map(({ n }) => n),
  );
  await settle();
  assert.equal(stream.unread.length, 0);
});

test("when it reads on, a server that is gone is found as if silence had begun then", async () => {
  const { kit, socket, stream } = await streaming();
  const reader = socket.readable.getReader();
  stream.say(...numbered(1, 4));
  await settle();
  await kit.advance(600_000);
  assert.equal(socket.state.name, "open");
  await take(reader, 4);
  await settle();
  await kit.advance(9_000);
  assert.equal(socket.state.name, "open");
  await kit.advance(1_500);
  assert.notEqual(socket.state.name, "open");
});

test("confirmations wait for a full reader, and come when it reads on", async () => {
  const { kit, socket, stream } = await streaming({ delivery: "at-least-once" });
  const reader = socket.readable.getReader();
  stream.say(...numbered(1, 4));
  await settle();
  let fate = "open";
  socket.deliver({ type: "order" }, { until: "confirmed" }).then(
    () => {
      fate = "confirmed";
    },
    () => {
      fate = "rejected";
    },
  );
  await kit.advance(120_000);
  const ping = messages(stream).find(({ type }) => type === "ping");
  stream.say({ type: "pong", id: ping?.id });
  await settle();
  assert.equal(fate, "open");
  await take(reader, 4);
  await settle();
  assert.equal(fate, "confirmed");
});

test("a break is noticed behind a full reader, and the stream goes on over the next connection", async () => {
  const { socket, stream, next } = await streaming();
  const reader = socket.readable.getReader();
  stream.say(...numbered(1, 10));
  await settle();
  stream.end(BROKEN);
  await settle();
  const second = await next();
  assert.equal(socket.state.name, "open");
  second.say(...numbered(11, 12));
  await settle();
  assert.equal(second.unread.length, 2, "still full");
  assert.deepEqual(await take(reader, 4), [1, 2, 3, 4]);
  assert.deepEqual(await take(reader, 2), [11, 12]);
});

test("close() reads on, so that the close of the server arrives, and ends the stream", async () => {
  const { socket, stream } = await streaming();
  const reader = socket.readable.getReader();
  stream.say(...numbered(1, 10));
  await settle();
  const closed = socket.close(3001, "bye");
  await settle();
  assert.deepEqual(stream.closes, [{ closeCode: 3001, reason: "bye" }]);
  assert.equal(stream.unread.length, 0);
  stream.end(3001);
  await closed;
  assert.deepEqual(await take(reader, 4), [1, 2, 3, 4]);
  assert.equal((await reader.read()).done, true);
});

test("what was sent leaves before the goodbye, and a socket that is given up waits for nothing", async () => {
  const { kit, socket, stream } = await streaming();
  const gate = deferred<undefined>();
  stream.stalled = gate.promise;
  socket.send({ type: "last" });
  const closed = socket.close();
  await settle();
  assert.deepEqual(stream.closes, []);
  gate.resolve(undefined);
  await settle();
  assert.equal(stream.closes.length, 1);
  assert.deepEqual(messages(stream), [{ type: "last" }]);
  await kit.advance(1_000);
  await closed;
});

test("binary data leaves as it was when it was sent", async () => {
  const { socket, stream } = await streaming({
    codec: { encode: (message) => message as never, decode: (frame) => frame as never },
  });
  const data = new Uint8Array([1, 2, 3]);
  socket.send(data as never);
  socket.send(data as never);
  data.fill(9);
  await settle();
  assert.deepEqual(stream.written, [new Uint8Array([1, 2, 3]), new Uint8Array([1, 2, 3])]);
});

/** A socket over plain WebSockets, whose peer has said so many numbers to its reader. */
async function plain(options: Options<Message, Message>, count: number) {
  const kit = makeKit();
  const socket = connect<Message, Message>(ADDRESS, {
    transport: "stream",
    highWaterMark: 4,
    ...options,
  });
  const peer = await kit.accept();
  const reader = socket.readable.getReader();
  for (const message of numbered(1, count)) peer.say(message);
  await kit.settle();
  return { kit, socket, peer, reader };
}

test("without WebSocketStream a reader that is too slow is told, and the next use makes another", async () => {
  const { socket, reader, peer, kit } = await plain({}, 9);
  assert.deepEqual(await take(reader, 4), [1, 2, 3, 4]);
  await assert.rejects(reader.read(), { code: "overrun" });
  const again = socket.readable.getReader();
  peer.say({ type: "n", n: 10 });
  await kit.settle();
  assert.deepEqual(await take(again, 1), [10]);
});

test("or loses the oldest, or closes the connection until it has room", async () => {
  const dropping = await plain({ overflow: "drop-oldest" }, 9);
  assert.deepEqual(await take(dropping.reader, 4), [6, 7, 8, 9]);
  const blocking = await plain({ overflow: "block" }, 4);
  assert.equal(blocking.socket.state.name, "suspended");
  assert.deepEqual(await take(blocking.reader, 2), [1, 2]);
  await blocking.kit.accept(undefined, { within: 0 });
});

test("who only writes gets plain connections, and the first reader that is full the next one as a stream", async () => {
  const kit = makeKit();
  FakeStream.all = [];
  Object.assign(scope, { WebSocketStream: FakeStream });
  const socket = connect<Message, Message>(ADDRESS, {
    transport: "stream",
    highWaterMark: 4,
    backoff: { initial: 1, max: 1 },
  });
  const writer = socket.writable.getWriter();
  const peer = await kit.accept();
  await writer.write({ type: "n", n: 1 });
  await peer.expect(({ n }) => n === 1);
  assert.equal(FakeStream.all.length, 0);
  // This connection cannot make the server wait: it ends until there is room, and none of what came is lost.
  const reader = socket.readable.getReader();
  for (const message of numbered(1, 4)) peer.say(message);
  await kit.settle();
  assert.equal(socket.state.name, "suspended");
  assert.deepEqual(await take(reader, 4), [1, 2, 3, 4]);
  await settle();
  assert.equal(FakeStream.all.length, 1);
  FakeStream.all[0]?.accept();
  await settle();
  await writer.write({ type: "n", n: 2 });
  await settle();
  assert.deepEqual(
    messages(FakeStream.all[0] as FakeStream).map(({ n }) => n),
    [2],
  );
  // Full again, the server waits.
  FakeStream.all[0]?.say(...numbered(5, 20));
  await settle();
  assert.equal(socket.state.name, "open");
  assert.deepEqual(
    await take(reader, 16),
    numbered(5, 20).map(({ n }) => n),
  );
});

test("a class of the user's own is used as it is", async () => {
  const kit = makeKit();
  FakeStream.all = [];
  Object.assign(scope, { WebSocketStream: FakeStream });
  connect(ADDRESS, { transport: "stream", WebSocket: kit.WebSocket });
  await kit.accept();
  assert.equal(FakeStream.all.length, 0);
});

test("a stream that is cancelled leaves the socket open, and one that has ended is replaced", async () => {
  const { kit, socket, peer, reader } = await plain({}, 1);
  const first = socket.readable;
  await reader.cancel();
  reader.releaseLock();
  assert.equal(socket.state.name, "open");
  assert.notEqual(socket.readable, first);
  const second = socket.readable;
  assert.equal(socket.readable, second);
  const closed = socket.close();
  await peer.expectClose();
  await kit.advance(1_000);
  await closed;
  assert.equal((await second.getReader().read()).done, true);
  socket.reconnect();
  const third = socket.readable;
  const next = await kit.accept();
  next.say({ type: "n", n: 7 });
  await kit.settle();
  assert.deepEqual(await take(third.getReader(), 1), [7]);
});

test("writes go out in order over each connection, and wait for room without one", async () => {
  const kit = makeKit();
  const socket = connect<Message, Message>(ADDRESS, { queue: { maxMessages: 4 } });
  const writer = socket.writable.getWriter();
  const done: number[] = [];
  for (const message of numbered(1, 6)) {
    writer.write(message).then(() => done.push(message.n), assert.fail);
  }
  await settle();
  assert.deepEqual(done, [], "nothing is written without a connection");
  assert.equal(socket.stats().queuedMessages, 1);
  const peer = await kit.accept();
  for (const { n } of numbered(1, 6)) await peer.expect((message) => message.n === n);
  await settle();
  assert.deepEqual(done, [1, 2, 3, 4, 5, 6]);
});

test("a pipe outlives a break", async () => {
  const kit = makeKit();
  const socket = connect<Message, Message>(ADDRESS, { backoff: { initial: 1, max: 1 } });
  const first = await kit.accept();
  const source = new TransformStream<Message, Message>();
  const piped = source.readable.pipeTo(socket.writable as WritableStream<Message>, {
    preventClose: true,
  });
  const writer = source.writable.getWriter();
  await writer.write({ type: "n", n: 1 });
  await first.expect((message) => message.n === 1);
  first.drop();
  const second = await kit.accept();
  await writer.write({ type: "n", n: 2 });
  await second.expect((message) => message.n === 2);
  await writer.close();
  await piped;
  assert.equal(socket.state.name, "open");
});

test("a message that is dropped ends the stream with the reason, and closing it closes the socket", async () => {
  const kit = makeKit();
  const socket = connect<Message, Message>(ADDRESS, { queue: { ttl: 50 } });
  const failed = socket.writable.getWriter().write({ type: "late" });
  await Promise.all([assert.rejects(failed, { code: "expired", sent: false }), kit.advance(60)]);
  const peer = await kit.accept();
  const writer = socket.writable.getWriter();
  writer.write({ type: "last" });
  const closed = writer.close();
  await peer.expect((message) => message.type === "last");
  assert.equal((await peer.expectClose()).code, 1005);
  await kit.advance(1_000);
  await closed;
  assert.equal((socket as Socket).state.name, "closed");
});
