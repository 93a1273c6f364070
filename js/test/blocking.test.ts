// Iterators that block: they close the connection until there is room again. With the real engine.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Socket } from "../index.js";
import { FakeWebSocket } from "./fakes.js";
import { dial } from "./real.js";

const nameOf = (socket: Socket<unknown, number>): string => socket.state.name;

/** A socket that blocks at four messages, and what it has received. */
async function blocking() {
  const { socket, native } = await dial<unknown, number>();
  native.open();
  const iterator = socket.messages({ highWaterMark: 4, overflow: "block" });
  const take = async (count: number) => {
    const got: number[] = [];
    for (let n = 0; n < count; n++) got.push((await iterator.next()).value as number);
    return got;
  };
  return { socket, native, iterator, take };
}

const receive = (native: FakeWebSocket, ...numbers: number[]) => {
  for (const n of numbers) native.receive(`${n}`);
};

test("block closes the connection at the bound, and dials again when half is taken", async () => {
  const { socket, native, take } = await blocking();
  receive(native, 1, 2, 3);
  assert.equal(nameOf(socket), "open");
  receive(native, 4);
  assert.equal(nameOf(socket), "suspended");
  assert.deepEqual(native.closes, [[1000, ""]]);
  receive(native, 5);
  assert.deepEqual(await take(1), [1]);
  assert.equal(nameOf(socket), "suspended");
  const next = FakeWebSocket.next();
  assert.deepEqual(await take(1), [2]);
  const again = await next;
  again.open();
  receive(again, 5);
  assert.deepEqual(await take(3), [3, 4, 5]);
  assert.equal(nameOf(socket), "open");
});

test("two iterators that block: the slower one decides", async () => {
  const { socket, native, take } = await blocking();
  const other = socket.messages({ highWaterMark: 4, overflow: "block" });
  receive(native, 1, 2, 3, 4);
  await take(4);
  assert.equal(nameOf(socket), "suspended");
  const next = FakeWebSocket.next();
  await other.return?.();
  (await next).open();
  assert.equal(nameOf(socket), "open");
});

test("the application's own pause outlasts a full iterator, and the other way round", async () => {
  const { socket, native, take } = await blocking();
  socket.pause();
  await take(0);
  assert.equal(nameOf(socket), "suspended");
  let next = FakeWebSocket.next();
  socket.resume();
  const second = await next;
  second.open();
  receive(second, 1, 2, 3, 4);
  assert.equal(nameOf(socket), "suspended");
  socket.pause();
  await take(4);
  assert.equal(nameOf(socket), "suspended", "the application has not resumed");
  next = FakeWebSocket.next();
  socket.resume();
  const third = await next;
  third.open();
  receive(third, 5, 6, 7, 8);
  socket.resume();
  assert.equal(nameOf(socket), "suspended", "the iterator is still full");
  socket.reconnect();
  assert.equal(nameOf(socket), "suspended", "and a new connection makes no room");
  next = FakeWebSocket.next();
  await take(2);
  (await next).open();
  assert.equal(native.onmessage, null);
});

test("close() ends a full iterator, and what it holds is still delivered", async () => {
  const { socket, native, iterator } = await blocking();
  receive(native, 1, 2, 3, 4);
  await socket.close();
  const left: number[] = [];
  for await (const n of iterator) left.push(n);
  assert.deepEqual(left, [1, 2, 3, 4]);
  const next = FakeWebSocket.next();
  socket.reconnect();
  (await next).open();
  assert.equal(nameOf(socket), "open");
});
