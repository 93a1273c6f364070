// What the server asks for, and subscriptions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { TautlineError } from "../../index.js";
import { JsonRpcError } from "../../jsonrpc/index.js";
import { reported } from "../fakes.js";
import { heard } from "../start.js";
import { broken, dial, opened, settled } from "./peer.js";

type Local = {
  double(n: number): number;
  fail(): void;
  slow(): string;
  told(line: string): void;
  name(person: { first: string }): string;
};

test("a call of the server is carried out and answered", async () => {
  const { rpc, peer } = await opened<never, Local>();
  rpc.handle("double", async ([n]) => n * 2);
  peer.say({ jsonrpc: "2.0", id: "a", method: "double", params: [21] });
  await settled();
  assert.deepEqual(peer.next, { jsonrpc: "2.0", id: "a", result: 42 });
});

test("parameters by name reach the handler as they are, and those that are left out as an empty list", async () => {
  const { rpc, peer } = await opened<never, Local>();
  rpc.handle("name", ({ first }) => first);
  rpc.handle("slow", (params) => JSON.stringify(params));
  peer.say({ jsonrpc: "2.0", id: 1, method: "name", params: { first: "Ada" } });
  peer.say({ jsonrpc: "2.0", id: 2, method: "slow" });
  await settled();
  assert.deepEqual([peer.next.result, peer.next.result], ["Ada", "[]"]);
});

test("errors of handlers are told as they are meant, and others hide what they are", async () => {
  const { rpc, peer } = await opened<never, Local>();
  rpc.handle("fail", () => {
    throw new JsonRpcError(1001, "Too much", { limit: 5 });
  });
  rpc.handle("slow", () => {
    throw new TypeError("secret");
  });
  const asked = ["fail", "slow", "unknown"].entries();
  for (const [index, method] of asked) peer.say({ jsonrpc: "2.0", id: index + 1, method });
  await settled();
  const errors = new Map([peer.next, peer.next, peer.next].map(({ id, error }) => [id, error]));
  assert.deepEqual(errors.get(1), { code: 1001, message: "Too much", data: { limit: 5 } });
  assert.deepEqual(errors.get(2), { code: -32603, message: "Internal error" });
  assert.deepEqual(errors.get(3), { code: -32601, message: "Method not found" });
  assert.deepEqual(reported.splice(0).map(String), ["TypeError: secret"]);
});

test("a result or an error that is no JSON is an internal error, reported here", async () => {
  const { rpc, peer } = await opened<never, Local>();
  rpc.handle("slow", () => ({ big: 1n }) as never);
  rpc.handle("fail", () => {
    throw new JsonRpcError(1001, "Too much", { limit: 1n });
  });
  rpc.handle("double", ([n]) => n * 2);
  rpc.handle("told", () => (() => {}) as never);
  peer.say([
    { jsonrpc: "2.0", id: 1, method: "slow" },
    { jsonrpc: "2.0", id: 2, method: "fail" },
    { jsonrpc: "2.0", id: 3, method: "double", params: [1] },
    { jsonrpc: "2.0", id: "4", method: "told" },
  ]);
  await settled();
  const error = { code: -32603, message: "Internal error" };
  assert.deepEqual(peer.next, [
    { jsonrpc: "2.0", id: 1, error },
    { jsonrpc: "2.0", id: 2, error },
    { jsonrpc: "2.0", id: 3, result: 2 },
    { jsonrpc: "2.0", id: "4", error },
  ]);
  assert.deepEqual(
    reported.splice(0).map((it) => (it as Error).name),
    ["TypeError", "TypeError", "TypeError"],
  );
});

test("notifications reach their handler and are never answered", async () => {
  const { rpc, peer } = await opened<never, Local>();
  const lines: string[] = [];
  const off = rpc.handle("told", ([line]) => void lines.push(line));
  peer.notify("told", ["a"]);
  peer.notify("unknown", ["b"]);
  off();
  peer.notify("told", ["c"]);
  await settled();
  assert.deepEqual(lines, ["a"]);
  assert.ok(peer.isQuiet);
});

test("a batch of the server is answered by a batch", async () => {
  const { rpc, peer } = await opened<never, Local>();
  const lines: string[] = [];
  rpc.handle("double", ([n]) => n * 2);
  rpc.handle("told", ([line]) => void lines.push(line));
  peer.say([
    { jsonrpc: "2.0", id: 1, method: "double", params: [1] },
    { jsonrpc: "2.0", method: "told", params: ["a"] },
    { jsonrpc: "2.0", id: 2, method: "double", params: [2] },
  ]);
  peer.say([{ jsonrpc: "2.0", method: "told", params: ["b"] }]);
  await settled();
  assert.deepEqual(peer.next, [
    { jsonrpc: "2.0", id: 1, result: 2 },
    { jsonrpc: "2.0", id: 2, result: 4 },
  ]);
  assert.ok(peer.isQuiet);
  assert.deepEqual(lines, ["a", "b"]);
});

test("an answer never goes over another connection than its call", async () => {
  const { rpc, peer } = await opened<never, Local>();
  let finish = (_: string) => {};
  const aborted = new Promise((resolve) => {
    rpc.handle("slow", (_, { signal }) => {
      signal.addEventListener("abort", resolve);
      return new Promise((done) => {
        finish = done;
      });
    });
  });
  peer.say({ jsonrpc: "2.0", id: 1, method: "slow" });
  const next = await broken(peer);
  await rpc.socket.opened();
  await aborted;
  finish("late");
  await settled();
  assert.ok(next.isQuiet);
});

test("an answer to a call that came before the login was accepted never goes over another connection", async () => {
  const { rpc, peer } = await dial<never, Local>({ auth: { call: () => ({ method: "login" }) } });
  let signal: AbortSignal | undefined;
  rpc.handle("slow", (_, context) => {
    signal = context.signal;
    return "done";
  });
  peer.native.open();
  await settled();
  peer.say({ jsonrpc: "2.0", id: 1, method: "slow" });
  await settled();
  const next = await broken(peer);
  await settled();
  next.answer(true);
  await rpc.socket.opened();
  assert.equal(signal?.aborted, true);
  assert.ok(next.isQuiet);
});

test("an answer is not repeated over another connection where messages are", async () => {
  const { rpc, peer } = await opened<{ hello(): void }, Local>({
    delivery: "at-least-once",
    heartbeat: { method: "ping" },
  });
  rpc.handle("slow", () => "done");
  peer.say({ jsonrpc: "2.0", id: 1, method: "slow" });
  rpc.notify("hello");
  await settled();
  assert.deepEqual([peer.next.method, peer.next.result], ["hello", "done"]);
  const next = await broken(peer);
  await rpc.socket.opened();
  assert.equal(next.next.method, "hello");
  assert.ok(next.isQuiet);
});

test("a call of the server is answered during the restore step, which may wait for that", async () => {
  const { rpc, peer } = await dial<never, Local>({ restore: (call) => call("join") });
  rpc.handle("slow", () => "done");
  peer.native.open();
  await settled();
  const { id } = peer.next;
  peer.say({ jsonrpc: "2.0", id: 1, method: "slow" });
  await settled();
  assert.deepEqual(peer.next, { jsonrpc: "2.0", id: 1, result: "done" });
  peer.say([{ jsonrpc: "2.0", id, result: true }]);
  await rpc.socket.opened();
});

const TICKS = { unsubscribe: "unsubscribe" };

test("a subscription gives its notifications to whoever iterates, also those that came first", async () => {
  const { rpc, peer } = await opened();
  const asked = rpc.subscribe<number>("subscribe", ["eth"], TICKS);
  const { id, method, params } = peer.next;
  assert.deepEqual([method, params], ["subscribe", ["eth"]]);
  peer.notify("tick", { subscription: "s1", result: 0 });
  peer.notify("tick", { subscription: "other", result: 100 });
  peer.say({ jsonrpc: "2.0", id, result: "s1" });
  peer.notify("tick", { subscription: "s1", result: 1 });
  const ticks = await asked;
  peer.notify("tick", { subscription: "s1", result: 2 });
  const seen: number[] = [];
  for await (const tick of ticks) {
    seen.push(tick);
    if (tick === 2) peer.notify("tick", { subscription: "s1", result: 3 });
    if (tick !== 3) continue;
    queueMicrotask(() => peer.answer(true));
    break;
  }
  assert.deepEqual(seen, [0, 1, 2, 3]);
  assert.equal(ticks.ended, true);
});

test("a subscription is made again after a break, with its parameters of then, before what was queued", async () => {
  const { rpc, peer } = await opened();
  let last = 0;
  const seen: number[] = [];
  const listener = (tick: number) => {
    last = tick;
    seen.push(tick);
  };
  const asked = rpc.subscribe<number>("subscribe", () => [{ since: last }], { ...TICKS, listener });
  peer.answer("s1");
  await asked;
  peer.notify("tick", { subscription: "s1", result: 1 });
  const next = await broken(peer);
  rpc.notify("hello");
  await settled();
  const again = next.next;
  assert.deepEqual(again.params, [{ since: 1 }]);
  assert.ok(next.isQuiet);
  // The id of the old connection means nothing here.
  next.notify("tick", { subscription: "s2", result: 2 });
  next.say({ jsonrpc: "2.0", id: again.id, result: "s2" });
  await rpc.socket.opened();
  next.notify("tick", { subscription: "s2", result: 3 });
  next.notify("tick", { subscription: "s1", result: 4 });
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(next.next.method, "hello");
});

test("a subscription that the server refuses after a break ends with the error, and the others go on", async () => {
  const { rpc, peer } = await opened();
  const first = rpc.subscribe("a");
  peer.answer(1);
  const second = rpc.subscribe("b");
  peer.answer(2);
  const [a, b] = [await first, await second];
  const next = await broken(peer);
  await settled();
  next.refuse(-1, "no more");
  next.answer(5);
  await rpc.socket.opened();
  assert.equal(a.error instanceof JsonRpcError, true);
  await assert.rejects(a.next(), /no more/);
  assert.equal((await a.next()).done, true);
  next.notify("b", { subscription: 5, result: "x" });
  assert.deepEqual(await b.next(), { value: "x", done: false });
});

test("unsubscribing tells the server over the connection that is there, and only there", async () => {
  const { rpc, peer } = await opened();
  const made = rpc.subscribe("a", [], TICKS);
  peer.answer(7);
  const first = await made;
  const done = first.unsubscribe();
  const { method, params } = peer.answer(true);
  assert.deepEqual([method, params], ["unsubscribe", [7]]);
  await done;
  assert.equal((await first.next()).done, true);
  const again = rpc.subscribe("a", [], TICKS);
  peer.answer(8);
  const second = await again;
  const next = await broken(peer);
  await settled();
  const { id } = next.next;
  // Left while it is made again: the server hears of it as soon as there is something to name.
  await second.unsubscribe();
  next.say({ jsonrpc: "2.0", id, result: 9 });
  await rpc.socket.opened();
  assert.deepEqual(next.next.params, [9]);
});

test("an id means nothing over the next connection, not even before subscriptions are made again", async () => {
  let goOn = () => {};
  const restore = (_: unknown, { reconnected }: { reconnected: boolean }) =>
    reconnected &&
    new Promise<void>((resolve) => {
      goOn = resolve;
    });
  const { rpc, peer } = await opened({ restore });
  const seen: unknown[] = [];
  const listener = (value: unknown) => seen.push(value);
  const made = [rpc.subscribe("a", [], TICKS), rpc.subscribe("b", [], { ...TICKS, listener })];
  peer.answer(1);
  peer.answer(2);
  const [a] = await Promise.all(made);
  const next = await broken(peer);
  await settled();
  next.notify("tick", { subscription: 2, result: "of something else" });
  // Here 1 will be the other one's.
  await a?.unsubscribe();
  goOn();
  await settled();
  assert.equal(next.answer(1).method, "b");
  await rpc.socket.opened();
  next.notify("tick", { subscription: 1, result: "its own" });
  assert.ok(next.isQuiet);
  assert.deepEqual(seen, ["its own"]);
});

test("what came early over one connection is nothing to the next", async () => {
  const { rpc, peer } = await opened();
  const seen: unknown[] = [];
  const asked = rpc.subscribe("a", [], { listener: (value) => seen.push(value) });
  peer.notify("tick", { subscription: 1, result: "of something else" });
  const next = await broken(peer);
  await rpc.socket.opened();
  next.answer(1);
  await asked;
  assert.deepEqual(seen, []);
});

test("a subscription ends with the socket, also if that is over before anybody has seen it", async () => {
  const { rpc, peer } = await opened();
  const asked = rpc.subscribe("a");
  peer.answer(1);
  peer.native.end(4400, "bad request");
  assert.equal((await asked).ended, true);
});

test("a notification with an id that is nobody's goes to its handler, however many subscriptions are pending", async () => {
  const { rpc, peer } = await opened();
  const seen: unknown[] = [];
  rpc.handle("tick", ({ result }) => void seen.push(result));
  peer.notify("tick", { subscription: "own", result: 1 });
  const asked = rpc.subscribe("a");
  peer.notify("tick", { subscription: "own", result: 2 });
  peer.answer("s1");
  await asked;
  peer.notify("tick", { subscription: "own", result: 3 });
  assert.deepEqual(seen, [1, 2, 3]);
});

test("the server can end a subscription, and so does the end of the socket", async () => {
  const { rpc, peer } = await opened();
  const made = [rpc.subscribe("a"), rpc.subscribe("b")];
  peer.answer(1);
  peer.answer(2);
  const [a, b] = await Promise.all(made);
  peer.notify("a", { subscription: 1, error: { code: 3, message: "gone" } });
  await assert.rejects(a?.next() as Promise<unknown>, /gone/);
  const waiting = b?.next();
  const closed = rpc.close();
  peer.native.end(1000);
  await closed;
  assert.equal((await waiting)?.done, true);
});

test("a consumer that is too slow is told, or loses the oldest, as it has asked", async () => {
  const { rpc, peer } = await opened();
  const made = [
    rpc.subscribe<number>("a", [], { ...TICKS, highWaterMark: 2 }),
    rpc.subscribe<number>("b", [], { highWaterMark: 2, overflow: "drop-oldest" }),
  ];
  peer.answer(1);
  peer.answer(2);
  const [strict, lossy] = await Promise.all(made);
  for (const subscription of [1, 2]) {
    for (const result of [1, 2, 3]) peer.notify("tick", { subscription, result });
  }
  assert.deepEqual(peer.next.params, [1]);
  assert.deepEqual([(await strict?.next())?.value, (await strict?.next())?.value], [1, 2]);
  await assert.rejects(
    strict?.next() as Promise<unknown>,
    (error) => error instanceof TautlineError && error.code === "overrun",
  );
  assert.deepEqual([(await lossy?.next())?.value, (await lossy?.next())?.value], [2, 3]);
});

test("what the server subscribes too late is ended", async () => {
  const { rpc, peer } = await opened();
  const strays: unknown[] = heard(rpc.socket as never, "invalid");
  const slow = rpc.subscribe("a", [], { ...TICKS, timeout: 5 });
  const { id } = peer.next;
  await assert.rejects(slow, { code: "timeout" });
  peer.say({ jsonrpc: "2.0", id, result: 7 });
  const { method, params } = peer.answer(true);
  assert.deepEqual([method, params], ["unsubscribe", [7]]);
  // Over the next connection nothing of it is left.
  const again = rpc.subscribe("a", [], { ...TICKS, timeout: 5 });
  const late = peer.next;
  await assert.rejects(again, { code: "timeout" });
  const next = await broken(peer);
  await rpc.socket.opened();
  assert.equal(strays.length, 0);
  next.say({ jsonrpc: "2.0", id: late.id, result: 8 });
  assert.ok(next.isQuiet);
  assert.equal(strays.length, 1);
});

test("a signal ends a subscription, before it is made and after", async () => {
  const { rpc, peer } = await opened();
  const early = new AbortController();
  const never = rpc.subscribe("a", [], { ...TICKS, signal: early.signal });
  early.abort(new Error("left"));
  await assert.rejects(never, /left/);
  // The server has made it, and hears that nobody wants it.
  peer.answer(3);
  await settled();
  assert.deepEqual(peer.next.params, [3]);
  await assert.rejects(rpc.subscribe("a", [], { ...TICKS, signal: early.signal }), /left/);
  assert.ok(peer.isQuiet);
  const late = new AbortController();
  const asked = rpc.subscribe("a", [], { ...TICKS, signal: late.signal });
  peer.answer(4);
  const made = await asked;
  late.abort();
  assert.deepEqual(peer.next.params, [4]);
  assert.equal(made.ended, true);
});

test("the restore step calls before anything else, and its failure is a failed attempt", async () => {
  const said: unknown[] = [];
  const { rpc, peer } = await dial({
    restore: async (call, { reconnected }) => {
      said.push(await call("join", { reconnected }));
    },
  });
  rpc.notify("later");
  peer.native.open();
  await settled();
  peer.refuse(1, "full");
  const next = await broken(peer).catch(() => undefined);
  assert.ok(next);
  await settled();
  next.answer("welcome");
  await rpc.socket.opened();
  assert.deepEqual(said, ["welcome"]);
  assert.equal(next.next.method, "later");
});

test("nothing was thrown where nobody listens", () => {
  assert.deepEqual(reported, []);
});
