// What the kit itself promises: dials, peers, time, and giving everything back.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { bytes, connect, raw } from "../../index.js";
import { type Kit, KitError, testkit } from "../../testing/index.js";
import { ADDRESS, isPing, type Message, makeKit, opened, pong, states } from "./setup.js";

describe("dials", () => {
  test("one waits for accept(), which opens it and selects the first subprotocol", async () => {
    const kit = makeKit();
    const socket = connect(ADDRESS, { protocols: ["v2", "v1"] });
    await kit.settle();
    assert.equal(socket.state.name, "connecting");
    const peer = await kit.accept();
    assert.equal(socket.protocol, "v2");
    assert.deepEqual([peer.url, peer.protocols, peer.protocol], [ADDRESS, ["v2", "v1"], "v2"]);
    peer.drop();
    await kit.accept(ADDRESS, { protocol: "v1" });
    assert.equal(socket.protocol, "v1");
    assert.equal(kit.peers.length, 2);
  });

  test("accept() takes the one that is asked for, by how it begins or by an expression", async () => {
    const kit = makeKit();
    for (const room of ["a", "b", "c"]) connect(`wss://example.com/${room}`);
    assert.equal((await kit.accept(/\/c$/)).url, "wss://example.com/c");
    assert.equal((await kit.accept("wss://example.com/b")).url, "wss://example.com/b");
    assert.equal((await kit.accept()).url, "wss://example.com/a");
  });

  test("one that was given up meanwhile is no longer there to accept", async () => {
    const kit = makeKit();
    const socket = connect(ADDRESS);
    await kit.settle();
    socket.close();
    await assert.rejects(kit.accept(undefined, { within: 0 }), /nothing dialled within 0 ms/);
    await kit.expectNothingLeft();
  });

  test("serve() takes dials by itself, those of its address, until it is ended", async () => {
    const kit = makeKit();
    const end = kit.serve((peer) => peer.say({ type: "welcome" }), "wss://example.com/");
    const heard: unknown[] = [];
    const socket = connect("wss://example.com/a");
    socket.subscribe((message) => heard.push(message));
    const other = connect("wss://example.org/");
    await socket.opened();
    await kit.settle();
    assert.deepEqual(heard, [{ type: "welcome" }]);
    assert.equal(other.state.name, "connecting");
    end();
    socket.reconnect();
    await kit.accept("wss://example.com/a");
  });

  test("refuse(n) refuses n of them, stall(n) leaves n without an answer", async () => {
    const kit = makeKit();
    kit.refuse(2);
    const refused = connect(ADDRESS, { connectTimeout: 1_000 });
    const causes: unknown[] = [];
    refused.addEventListener("error", ({ error }) => causes.push(error.code));
    await kit.until(() => causes.length === 2);
    kit.stall(1);
    await kit.until(() => causes.length === 3);
    assert.deepEqual(causes, ["refused", "refused", "connect-timeout"]);
    await kit.accept();
  });

  test("relative addresses refer to the page of the kit", async () => {
    const kit = makeKit({ page: "https://app.example/chat/" });
    connect("live");
    assert.equal((await kit.accept()).url, "wss://app.example/chat/live");
    const mixed = connect("ws://example.com/");
    await kit.until(() => mixed.state.name === "closed");
    assert.equal(mixed.state.name === "closed" && mixed.state.why, "insecure");
  });
});

describe("a peer", () => {
  test("expects messages in order, by value, by function, as frames, with matchers of runners", async () => {
    const { socket, peer } = await opened();
    for (let n = 1; n <= 4; n++) socket.send({ type: "say", n, text: "hi" });
    socket.send(raw("plain text"));
    socket.send({ type: "last", n: 5 });
    assert.deepEqual(await peer.expect({ text: "hi", type: "say", n: 1 }), {
      type: "say",
      n: 1,
      text: "hi",
    });
    assert.equal((await peer.expect(({ n }) => n === 2)).n, 2);
    await peer.expect(raw('{"type":"say","n":3,"text":"hi"}'));
    assert.equal((await peer.expect()).n, 4);
    await peer.expect(raw("plain text"));
    const anyNumber = { asymmetricMatch: (value: unknown) => typeof value === "number" };
    await peer.expect({ type: "last", n: anyNumber as never });
    await peer.expectNothing();
    assert.equal(peer.received.length, 6);
  });

  test("expect() lets time pass until the message comes, and not longer", async () => {
    const { kit, socket, peer } = await opened({ heartbeat: { ping: { type: "ping" }, isPong } });
    await peer.expect(isPing, { within: 30_000 });
    assert.equal(kit.elapsed, 25_000);
    socket.send({ type: "say" });
    await peer.expect({ type: "say" });
    assert.equal(kit.elapsed, 25_000);
  });

  test("says messages at once, and frames as they are", async () => {
    const { socket, peer } = await opened();
    const heard: unknown[] = [];
    socket.subscribe((message) => heard.push(message));
    socket.addEventListener("invalid", ({ data }) => heard.push(data));
    peer.say({ type: "a" }, { type: "b" });
    peer.say(raw("no json"));
    assert.deepEqual(heard, [{ type: "a" }, { type: "b" }, "no json"]);
  });

  test("says from within the code under test what arrives after it", async () => {
    const { kit, socket, peer } = await opened();
    const heard: string[] = [];
    socket.subscribe(({ type }) => {
      heard.push(type);
      if (type === "a") {
        peer.say({ type: "b" });
        heard.push("still a");
      }
    });
    peer.say({ type: "a" });
    await kit.settle();
    assert.deepEqual(heard, ["a", "still a", "b"]);
  });

  test("answers and ignores, alone or for all, until that is ended", async () => {
    const { kit, socket, peer } = await opened();
    const heard: Message[] = [];
    socket.subscribe((message) => heard.push(message));
    kit.answer({ type: "ask" }, { type: "reply" });
    const end = peer.answer(
      ({ type }) => type === "echo",
      ({ n }) => (n === 0 ? undefined : { type: "echoed", n: n as number }),
    );
    kit.ignore({ type: "noise" });
    peer.ignore((message) => message.n === 9);
    for (const n of [0, 1]) socket.send({ type: "echo", n });
    for (const type of ["ask", "noise"]) socket.send({ type });
    socket.send({ type: "say", n: 9 });
    await peer.expectNothing();
    assert.deepEqual(heard, [{ type: "echoed", n: 1 }, { type: "reply" }]);
    assert.equal(peer.received.length, 5);
    end();
    socket.send({ type: "echo", n: 1 });
    await peer.expect({ type: "echo", n: 1 });
    socket.reconnect();
    const again = await kit.accept();
    socket.send({ type: "ask" });
    await again.expectNothing();
    assert.equal(heard.length, 3);
  });

  test("speaks another codec: bytes, compared by what is in them", async () => {
    const kit = testkit<BufferSource, BufferSource>({ codec: bytes() });
    const socket = connect<BufferSource, Uint8Array>(ADDRESS, { codec: bytes() });
    const peer = await kit.accept();
    const view = new Uint8Array([0, 1, 2, 3]).subarray(1);
    socket.send(view);
    view.fill(9);
    await peer.expect(new Uint8Array([1, 2, 3]));
    const heard: number[] = [];
    socket.subscribe((message) => heard.push(...message));
    peer.say(new Uint8Array([4, 5]));
    assert.deepEqual(heard, [4, 5]);
    kit.restore();
  });

  test("closes with code and reason, drops with 1006, and knows how it ended", async () => {
    const { kit, socket, peer } = await opened();
    const causes: unknown[] = [];
    socket.addEventListener("state", ({ state }) => {
      if (state.name === "waiting") causes.push({ ...state.cause });
    });
    peer.close(1012, "restarting");
    assert.deepEqual(peer.closed, { code: 1012, reason: "restarting", wasClean: true });
    const second = await kit.accept();
    second.drop();
    assert.deepEqual(second.closed, { code: 1006, reason: "", wasClean: false });
    assert.deepEqual(causes, [
      { kind: "closed", code: 1012, reason: "restarting", wasClean: true },
      { kind: "closed", code: 1006, reason: "", wasClean: false },
    ]);
    const third = await kit.accept();
    void socket.close(4000, "bye");
    assert.deepEqual(await third.expectClose(4000), { code: 4000, reason: "bye", wasClean: true });
    assert.equal(socket.state.name, "closed");
  });

  test("stalls both ways, and what was held arrives in order when it resumes", async () => {
    const { kit, socket, peer } = await opened();
    const heard: unknown[] = [];
    socket.subscribe(({ type }) => heard.push(type));
    peer.stall();
    socket.send({ type: "a" });
    peer.say({ type: "b" }, { type: "c" });
    await kit.advance(5_000);
    assert.deepEqual([peer.received, heard], [[], []]);
    peer.resume();
    assert.deepEqual(heard, ["b", "c"]);
    await peer.expect({ type: "a" });
    await kit.until(socket.flushed());
  });

  test("offline nothing arrives on any connection, and what is still there goes on online", async () => {
    const { kit, socket, peer } = await opened();
    kit.offline();
    socket.send({ type: "a" });
    await peer.expectNothing(10_000);
    const dialled = connect(ADDRESS);
    await kit.until(() => dialled.state.name === "waiting");
    kit.online();
    await peer.expect({ type: "a" });
    assert.equal(socket.state.name, "open");
  });
});

describe("time", () => {
  test("timers fire in order, those of one time in the order of their making", async () => {
    const kit = makeKit();
    const seen: string[] = [];
    const waits = [30, 10, 20, 10].map((timeout, i) => {
      const socket = connect(ADDRESS, { autoConnect: false });
      return socket.opened({ timeout }).catch(() => seen.push(`${kit.elapsed}:${i}`));
    });
    await kit.advance(9);
    assert.deepEqual(seen, []);
    await kit.advance(21);
    await Promise.all(waits);
    assert.deepEqual(seen, ["10:1", "10:3", "20:2", "30:0"]);
  });

  test("it begins in 2030, or when it is told to, and stands still by itself", async () => {
    const kit = makeKit();
    assert.deepEqual([kit.now, kit.elapsed], [Date.UTC(2030, 0, 1), 0]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(kit.elapsed, 0);
    assert.equal(makeKit({ start: 1_000 }).now, 1_000);
  });

  test("until() gives what the promise or the condition gave, and throws what it rejects with", async () => {
    const kit = makeKit();
    const socket = connect(ADDRESS);
    kit.serve(() => {});
    await kit.until(socket.opened());
    assert.equal(await kit.until(() => socket.state.name === "open" && "yes"), "yes");
    const error = new Error("mine");
    await assert.rejects(kit.until(Promise.reject(error)), error);
    await assert.rejects(kit.until(socket.drained(-1)), /bytes: got -1/);
  });

  test("two waits at a time move time together", async () => {
    const { kit, socket, peer } = await opened({ heartbeat: { ping: { type: "ping" }, isPong } });
    const seen = states(kit, socket);
    peer.stall();
    await Promise.all([
      kit.advance(60_000),
      kit.accept(),
      kit.until(() => socket.state.name === "waiting"),
    ]);
    assert.equal(seen[0], "35000 waiting");
    assert.equal(kit.elapsed, 60_000);
  });
});

describe("the end", () => {
  test("what is left behind is named: sockets, timers, listeners", async () => {
    const { kit, socket } = await opened({ heartbeat: { ping: { type: "ping" }, isPong } });
    const { sockets, timers, listeners } = kit.pending();
    assert.deepEqual(sockets, [ADDRESS]);
    assert.equal(timers.length, 1);
    assert.equal(listeners, 7);
    await assert.rejects(
      kit.expectNothingLeft(),
      /1 open: wss:.*\n +timers: in \d+ ms\n +7 listeners/,
    );
    await socket.close();
    await kit.expectNothingLeft();
  });

  test("restore() gives clock, chance and network back, and sockets that are left end in real time", async () => {
    const { kit, socket } = await opened();
    kit.restore();
    await socket.close();
    assert.equal(socket.state.name, "closed");
    class Real extends EventTarget {
      static made = 0;
      constructor() {
        super();
        Real.made += 1;
      }
      close() {}
    }
    const real = connect(ADDRESS, { WebSocket: Real as never, autoConnect: false });
    real.open();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(Real.made, 1);
    await real.close();
  });

  test("using ends it with the block, and another kit ends the one before", async () => {
    let first: Kit;
    {
      using kit = testkit();
      first = kit;
      await kit.settle();
    }
    await assert.rejects(first.advance(1), KitError);
    const second = makeKit();
    const third = makeKit();
    await assert.rejects(second.accept(), /restored, or replaced by another testkit\(\)/);
    await third.advance(1);
  });

  test("install() puts the class at globalThis.WebSocket, and restore() what was there", async () => {
    const before = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
    const kit = makeKit().install();
    kit.install();
    const native = new globalThis.WebSocket("wss://example.com/other");
    const peer = await kit.accept("wss://example.com/other");
    const heard: unknown[] = [];
    native.onmessage = ({ data }) => heard.push(data);
    peer.say(raw("hi"));
    assert.deepEqual(heard, ["hi"]);
    kit.restore();
    assert.deepEqual(Object.getOwnPropertyDescriptor(globalThis, "WebSocket"), before);
  });

  test("slim has a setScope of its own, and messages past its codec are known", async () => {
    const slim = await import("../../slim.js");
    const scopes: unknown[] = [];
    const kit = testkit({ setScope: (scope) => scopes.push(scope) && slim.setScope(scope) });
    const socket = slim.connect(ADDRESS);
    socket.send(slim.raw("ping"));
    const peer = await kit.accept();
    await peer.expect(slim.raw("ping"));
    kit.restore();
    assert.deepEqual(scopes.length, 2);
  });
});

function isPong(message: Message): boolean {
  return message.type === pong({ type: "ping" }).type;
}
