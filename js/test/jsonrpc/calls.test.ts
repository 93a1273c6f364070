import assert from "node:assert/strict";
import { test } from "node:test";
import { CodecError, DropError, OptionError } from "../../index.js";
import { connectJsonRpc, JsonRpcError, type JsonRpcOptions } from "../../jsonrpc/index.js";
import { reported } from "../fakes.js";
import { heard } from "../start.js";
import { broken, dial, opened, settled } from "./peer.js";

type Remote = {
  add(a: number, b: number): number;
  greet(params: { name: string }): string;
  time(): number;
  log(line: string): void;
};

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.fail("it resolved"),
    (error: Error & { code?: unknown; data?: unknown; sent?: boolean }) => error,
  );

test("a call carries version, method, parameters and an id of its own, and gets its own result", async () => {
  const { rpc, peer } = await opened<Remote>();
  const sum = rpc.call("add", [1, 2]);
  const greeting = rpc.call("greet", { name: "Ada" });
  const time = rpc.call("time");
  const [a, b, c] = [peer.next, peer.next, peer.next];
  assert.deepEqual({ ...a, id: 0 }, { jsonrpc: "2.0", method: "add", params: [1, 2], id: 0 });
  assert.deepEqual(b.params, { name: "Ada" });
  assert.equal("params" in c, false);
  assert.equal(new Set([a.id, b.id, c.id]).size, 3);
  peer.say({ jsonrpc: "2.0", id: c.id, result: 12 });
  peer.say({ jsonrpc: "2.0", id: String(a.id), result: 3 });
  peer.say({ jsonrpc: "2.0", id: b.id, result: "Hello Ada" });
  assert.deepEqual([await sum, await greeting, await time], [3, "Hello Ada", 12]);
});

test("an error of the server rejects with its code, message and data", async () => {
  const { rpc, peer } = await opened<Remote>();
  const sum = rpc.call("add", [1, 2]);
  peer.refuse(-32602, "Invalid params", { at: 1 });
  const error = await failure(sum);
  assert.ok(error instanceof JsonRpcError);
  assert.deepEqual([error.code, error.message, error.data], [-32602, "Invalid params", { at: 1 }]);
});

test("an error that is none of JSON-RPC still rejects, with what came as its data", async () => {
  const { rpc, peer } = await opened<Remote>();
  for (const strange of ["no", { message: "no" }, { code: "x" }, 5]) {
    const sum = rpc.call("add", [1, 2]);
    peer.say({ jsonrpc: "2.0", id: peer.next.id, error: strange });
    const error = await failure(sum);
    assert.ok(error instanceof JsonRpcError);
    assert.equal(error.code, -32000);
    assert.deepEqual(error.data, strange);
  }
});

test("what is no JSON-RPC is an event, and so is an error that belongs to nobody", async () => {
  const { rpc, peer } = await opened<Remote>();
  const strays: { error: Error }[] = heard(rpc.socket as never, "invalid");
  for (const strange of [{}, [], 5, null, [1], { id: 3 }, { jsonrpc: "2.0", id: 9, result: 1 }]) {
    peer.say(strange);
  }
  peer.native.receive("{");
  assert.equal(strays.length, 8);
  peer.say({ jsonrpc: "2.0", id: null, error: { code: -32700, message: "Parse error" } });
  const { cause } = (strays.at(-1) as { error: Error }).error;
  assert.ok(cause instanceof JsonRpcError);
  assert.equal(cause.code, -32700);
});

test("a call that is broken off rejects, and one that is idempotent is made again with its id", async () => {
  const { rpc, peer } = await opened<Remote>();
  const once = rpc.call("add", [1, 2]);
  const again = rpc.call("add", [3, 4], { idempotent: true });
  peer.next;
  const { id } = peer.next;
  const next = await broken(peer);
  const error = await failure(once);
  assert.ok(error instanceof DropError);
  assert.deepEqual([error.code, error.sent], ["unanswered", true]);
  await rpc.socket.opened();
  const repeated = next.answer(7);
  assert.deepEqual([repeated.id, repeated.params], [id, [3, 4]]);
  assert.equal(await again, 7);
  assert.ok(next.isQuiet);
});

test("ids are not used again after a break", async () => {
  const { rpc, peer } = await opened<Remote>();
  rpc.call("time");
  const before = peer.next.id;
  const next = await broken(peer);
  await rpc.socket.opened();
  rpc.call("time");
  assert.ok(Number(next.next.id) > Number(before));
});

test("a call ends by its timeout or its signal, and the server is told if it wants to know", async () => {
  const calls = {
    cancel: (id: number | string) => ({ method: "$/cancelRequest", params: { id } }),
  };
  const { rpc, peer } = await opened<Remote>({ calls });
  const abort = new AbortController();
  const left = rpc.call("time", [], { signal: abort.signal });
  const slow = rpc.call("time", [], { timeout: 5 });
  const { id } = peer.next;
  peer.next;
  abort.abort(new Error("enough"));
  assert.equal((await failure(left)).message, "enough");
  const told = peer.next;
  assert.deepEqual([told.method, told.params, told.id], ["$/cancelRequest", { id }, undefined]);
  assert.equal((await failure(slow)).code, "timeout");
});

test("of a batch that nobody waits for any more, the server is told each call", async () => {
  const calls = { cancel: (id: number | string) => ({ method: "cancel", params: [id] }) };
  const { rpc, peer } = await opened<Remote>({ calls });
  const batch = rpc.batch();
  batch.call("time");
  batch.notify("log", ["line"]);
  batch.call("time");
  const abort = new AbortController();
  const sent = batch.send({ signal: abort.signal });
  const [first, , third] = peer.next as unknown as { id: string }[];
  abort.abort(new Error("enough"));
  await failure(sent);
  const told = peer.next as unknown as { method: string; params: string[] }[];
  assert.deepEqual(
    told.map(({ method, params: [id] }) => [method, id]),
    [
      ["cancel", first?.id],
      ["cancel", third?.id],
    ],
  );
});

test("calls are queued while there is no connection, and bounded", async () => {
  const { rpc, peer } = await dial<Remote>({ calls: { max: 2 } });
  const first = rpc.call("time");
  rpc.call("time");
  assert.equal((await failure(rpc.call("time"))).code, "too-many-requests");
  peer.native.open();
  await rpc.socket.opened();
  peer.answer(1);
  assert.equal(await first, 1);
});

test("a notification has no id and no answer", async () => {
  const { rpc, peer } = await opened<Remote>();
  assert.equal(rpc.notify("log", ["hello"]), "sent");
  assert.deepEqual(peer.next, { jsonrpc: "2.0", method: "log", params: ["hello"] });
});

test("a batch is one frame, and each of its calls gets its own answer, in whatever order", async () => {
  const { rpc, peer } = await opened<Remote>();
  const batch = rpc.batch();
  const sum = batch.call("add", [1, 2]);
  batch.notify("log", ["hello"]);
  const greeting = batch.call("greet", { name: "Ada" });
  const time = batch.call("time");
  const sent = batch.send();
  const frame = peer.next as unknown as { id: string; method: string }[];
  assert.ok(peer.isQuiet);
  const [a, log, b] = frame;
  assert.deepEqual(
    frame.map(({ method }) => method),
    ["add", "log", "greet", "time"],
  );
  assert.equal(log && "id" in log, false);
  peer.say([
    { jsonrpc: "2.0", id: b?.id, error: { code: 1, message: "no" } },
    { jsonrpc: "2.0", id: a?.id, result: 3 },
  ]);
  await sent;
  assert.equal(await sum, 3);
  assert.equal((await failure(greeting)).code, 1);
  // The server left one out.
  assert.ok((await failure(time)) instanceof CodecError);
});

test("a list is left away, or put, around a single reply without harm", async () => {
  const { rpc, peer } = await opened<Remote>();
  const batch = rpc.batch();
  const sum = batch.call("add", [1, 2]);
  batch.send();
  const [{ id }] = peer.next as unknown as [{ id: string }];
  peer.say({ jsonrpc: "2.0", id, result: 3 });
  assert.equal(await sum, 3);
  const time = rpc.call("time");
  peer.say([{ jsonrpc: "2.0", id: peer.next.id, result: 5 }]);
  assert.equal(await time, 5);
});

test("a batch of notifications is sent, and awaits nothing", async () => {
  const { rpc, peer } = await opened<Remote>();
  const batch = rpc.batch();
  batch.notify("log", ["a"]);
  await batch.send();
  assert.deepEqual(peer.next, [{ jsonrpc: "2.0", method: "log", params: ["a"] }]);
});

test("a batch that cannot be answered rejects, and so do its calls", async () => {
  const { rpc, peer } = await opened<Remote>();
  const batch = rpc.batch();
  const time = batch.call("time");
  const sent = batch.send();
  await broken(peer);
  assert.equal((await failure(sent)).code, "unanswered");
  assert.equal((await failure(time)).code, "unanswered");
  await assert.rejects(batch.send(), TypeError);
  await assert.rejects(rpc.batch().send(), TypeError);
  assert.throws(() => batch.notify("log", ["late"]), TypeError);
});

test("a batch of notifications takes the options of any other", async () => {
  const { rpc, peer } = await opened<Remote>();
  const batch = rpc.batch();
  batch.notify("log", ["a"]);
  await batch.send({ idempotent: true, timeout: 50 });
  assert.equal(peer.isQuiet, false);
});

test("an answer without an id among those of a batch does not take the others along", async () => {
  const { rpc, peer } = await opened<Remote>();
  const batch = rpc.batch();
  const time = batch.call("time");
  const sum = batch.call("add", [1, 2]);
  batch.send();
  const frame = peer.next as unknown as { id: string }[];
  peer.say([
    { jsonrpc: "2.0", id: null, error: { code: -32600, message: "Invalid Request" } },
    { jsonrpc: "2.0", id: frame[1]?.id, result: 3 },
  ]);
  assert.equal(await sum, 3);
  assert.ok((await failure(time)) instanceof CodecError);
});

test("heartbeats are calls, and any answer is the pong", async () => {
  const heartbeat = { method: "rpc.ping", interval: 5 };
  const { rpc, peer } = await opened<Remote>({ heartbeat });
  const measured = new Promise((resolve) => {
    rpc.socket.addEventListener("latency", resolve, { once: true });
  });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const { method } = peer.refuse(-32601, "Method not found");
  assert.equal(method, "rpc.ping");
  await measured;
});

test("nothing leaves before the call that authenticates is answered", async () => {
  const results: unknown[] = [];
  const { rpc, peer } = await dial<Remote>({
    auth: {
      call: async () => ({ method: "login", params: { token: "good" } }),
      accept: (result) => results.push(result) > 0,
      expiresIn: () => undefined,
    },
  });
  rpc.notify("log", ["hello"]);
  peer.native.open();
  await settled();
  const { method, params } = peer.answer({ user: "Ada" });
  assert.deepEqual([method, params], ["login", { token: "good" }]);
  await rpc.socket.opened();
  assert.deepEqual(results, [{ user: "Ada" }]);
  assert.equal(peer.next.method, "log");
});

test("an error is a no of the server to the credentials", async () => {
  const { rpc, peer } = await dial<Remote>({
    auth: { call: () => ({ method: "login" }) },
    maxAttempts: 1,
  });
  peer.native.open();
  await settled();
  const closed = new Promise<{ why: string }>((resolve) => {
    rpc.socket.addEventListener("error", () => resolve(rpc.socket.state as never), { once: true });
  });
  peer.refuse(401, "Who are you?");
  const state = await closed;
  assert.equal(JSON.stringify(state).includes("unauthorized"), true);
});

test("a wrong option is named", () => {
  const wrong: [JsonRpcOptions, RegExp][] = [
    [{ heartbeat: {} } as never, /options\.heartbeat\.method/],
    [{ auth: {} } as never, /options\.auth\.call/],
    [{ heartbeat: { method: "a", often: 1 } } as never, /options\.heartbeat\.often/],
    [{ auth: { call: () => ({ method: "a" }), secure: 1 } } as never, /options\.auth\.secure/],
    [{ codec: 1 } as never, /options\.codec/],
  ];
  for (const [options, named] of wrong) {
    assert.throws(
      () => connectJsonRpc("wss://example.com", options),
      (error: Error) => error instanceof OptionError && named.test(error.message),
    );
  }
});

test("nothing was thrown where nobody listens", () => {
  assert.deepEqual(reported, []);
});
