import assert from "node:assert/strict";
import { test } from "node:test";
import { TautlineError } from "../index.js";
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
