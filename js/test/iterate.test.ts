import assert from "node:assert/strict";
import { test } from "node:test";
import { type MessageIterator, OptionError, TautlineError } from "../index.js";
import { start } from "./start.js";

test("messages come in order, whether the consumer or they are first; closing ends it", async () => {
  const { socket, engine } = start<unknown, number>();
  const iterator = socket[Symbol.asyncIterator]();
  const early = [iterator.next(), iterator.next()];
  for (const n of [1, 2, 3]) engine.host.receive(`${n}`);
  assert.deepEqual(await Promise.all(early), [
    { value: 1, done: false },
    { value: 2, done: false },
  ]);
  const pending = [iterator.next(), iterator.next(), iterator.next()];
  engine.closed("user");
  assert.deepEqual(
    (await Promise.all(pending)).map(({ value, done }) => [value, done]),
    [
      [3, false],
      [undefined, true],
      [undefined, true],
    ],
  );
});

test("what was received before the close is still delivered", async () => {
  const { socket, engine } = start<unknown, number>();
  const got: number[] = [];
  const iterator = socket[Symbol.asyncIterator]();
  engine.host.receive("1");
  engine.host.receive("2");
  engine.closed("final");
  for await (const message of iterator) got.push(message);
  assert.deepEqual(got, [1, 2]);
});

test("a slow consumer gets all up to the bound, and then the error", async () => {
  const { socket, engine } = start<unknown, number>({ highWaterMark: 2 });
  const iterator = socket[Symbol.asyncIterator]();
  for (const n of [1, 2, 3, 4]) engine.host.receive(`${n}`);
  assert.equal((await iterator.next()).value, 1);
  assert.equal((await iterator.next()).value, 2);
  await assert.rejects(
    iterator.next(),
    (error) => error instanceof TautlineError && error.code === "overrun",
  );
  engine.host.receive("5");
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
});

test("leaving the loop unsubscribes", async () => {
  const { socket, engine } = start<unknown, number>({ highWaterMark: 1 });
  const loop = (async () => {
    for await (const message of socket) if (message === 1) break;
  })();
  engine.host.receive("1");
  await loop;
  const iterator = socket[Symbol.asyncIterator]();
  const waiting = iterator.next();
  assert.deepEqual(await iterator.return?.(), { value: undefined, done: true });
  assert.deepEqual(await waiting, { value: undefined, done: true });
  for (const n of [2, 3, 4]) engine.host.receive(`${n}`);
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
});

test("a closed socket has nothing to iterate over", async () => {
  const { socket, engine } = start();
  engine.closed("user");
  for await (const message of socket) assert.fail(String(message));
});

/** What is left in an iterator whose socket is closed. */
async function rest<In>(iterator: MessageIterator<In>): Promise<In[]> {
  const left: In[] = [];
  for await (const message of iterator) left.push(message);
  return left;
}

test("a consumer that never reads costs no more than the bound, whatever the policy", async () => {
  const { socket, engine } = start<unknown, number>();
  const key = (n: number) => n;
  const oldest = socket.messages({ highWaterMark: 3, overflow: "drop-oldest" });
  const latest = socket.messages({ highWaterMark: 3, overflow: "latest", key });
  const failing = socket.messages({ highWaterMark: 3 });
  for (let n = 1; n <= 100_000; n++) engine.host.receive(`${n}`);
  engine.closed("user");
  assert.deepEqual(await rest(oldest), [99_998, 99_999, 100_000]);
  assert.deepEqual(await rest(latest), [99_998, 99_999, 100_000]);
  assert.deepEqual([oldest.dropped, latest.dropped], [99_997, 99_997]);
  const got: number[] = [];
  await assert.rejects(
    (async () => {
      for await (const n of failing) got.push(n);
    })(),
    (error: TautlineError) => error.code === "overrun",
  );
  assert.deepEqual(got, [1, 2, 3]);
});

test("latest keeps the newest of each key, and that stands last", async () => {
  const { socket, engine } = start<unknown, { symbol: string; price: number }>();
  const ticks = socket.messages({ overflow: "latest", key: ({ symbol }) => symbol });
  for (const [symbol, price] of [
    ["a", 1],
    ["b", 2],
    ["a", 3],
    ["c", 4],
    ["b", 5],
  ]) {
    engine.host.receive(JSON.stringify({ symbol, price }));
  }
  engine.closed("user");
  assert.deepEqual(
    (await rest(ticks)).map(({ symbol, price }) => [symbol, price]),
    [
      ["a", 3],
      ["c", 4],
      ["b", 5],
    ],
  );
  assert.equal(ticks.dropped, 2);
});

test("a waiting consumer is served at once, and nothing is held back", async () => {
  const { socket, engine } = start<unknown, number>();
  const iterator = socket.messages({ highWaterMark: 1, overflow: "drop-oldest" });
  for (let n = 0; n < 5; n++) {
    const next = iterator.next();
    engine.host.receive(`${n}`);
    assert.deepEqual(await next, { value: n, done: false });
  }
  assert.equal(iterator.dropped, 0);
  await iterator.return?.();
  engine.host.receive("9");
  assert.deepEqual(await iterator.next(), { value: undefined, done: true });
});

test("wrong options are told at once", () => {
  const { socket } = start();
  for (const [options, message] of [
    [{ overflow: "wait" }, /overflow: got wait/],
    [{ overflow: "latest" }, /key: got nothing/],
    [{ highWaterMark: 0 }, /highWaterMark: got 0/],
    [{ key: "symbol" }, /key: got string/],
    [{ bound: 1 }, /bound: got 1, expected only/],
  ] as const) {
    assert.throws(
      () => socket.messages(options as never),
      (error: Error) => error instanceof OptionError && message.test(error.message),
    );
  }
});
