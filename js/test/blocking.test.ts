// Iterators that block: they close the connection until there is room again. The real engine in virtual time.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, type Socket } from "../index.js";
import { ADDRESS, makeKit } from "./testing/setup.js";

const nameOf = (socket: Socket<unknown, number>): string => socket.state.name;

/** A socket that blocks at four messages, and what it has received. */
async function blocking() {
  const kit = makeKit<unknown, number>();
  const socket = connect<unknown, number>(ADDRESS);
  const peer = await kit.accept();
  const iterator = socket.messages({ highWaterMark: 4, overflow: "block" });
  const take = async (count: number) => {
    const got: number[] = [];
    for (let n = 0; n < count; n++) got.push((await iterator.next()).value as number);
    return got;
  };
  return { kit, socket, peer, iterator, take };
}

test("block closes the connection at the bound, and dials again when half is taken", async () => {
  const { kit, socket, peer, take } = await blocking();
  peer.say(1, 2, 3);
  assert.equal(nameOf(socket), "open");
  peer.say(4, 5);
  assert.equal(nameOf(socket), "suspended");
  assert.equal((await peer.expectClose()).code, 1000);
  assert.deepEqual(await take(1), [1]);
  await kit.advance(60_000);
  assert.equal(nameOf(socket), "suspended");
  assert.deepEqual(await take(1), [2]);
  const again = await kit.accept(undefined, { within: 0 });
  again.say(5);
  assert.deepEqual(await take(3), [3, 4, 5]);
  assert.equal(nameOf(socket), "open");
});

test("two iterators that block: the slower one decides", async () => {
  const { kit, socket, peer, take } = await blocking();
  const other = socket.messages({ highWaterMark: 4, overflow: "block" });
  peer.say(1, 2, 3, 4);
  await take(4);
  await kit.advance(60_000);
  assert.equal(nameOf(socket), "suspended");
  await other.return?.();
  await kit.accept(undefined, { within: 0 });
  assert.equal(nameOf(socket), "open");
});

test("the application's own pause outlasts a full iterator, and the other way round", async () => {
  const { kit, socket, take } = await blocking();
  socket.pause();
  await take(0);
  assert.equal(nameOf(socket), "suspended");
  socket.resume();
  const second = await kit.accept(undefined, { within: 0 });
  second.say(1, 2, 3, 4);
  assert.equal(nameOf(socket), "suspended");
  socket.pause();
  await take(4);
  assert.equal(nameOf(socket), "suspended", "the application has not resumed");
  socket.resume();
  const third = await kit.accept(undefined, { within: 0 });
  third.say(5, 6, 7, 8);
  socket.resume();
  assert.equal(nameOf(socket), "suspended", "the iterator is still full");
  socket.reconnect();
  assert.equal(nameOf(socket), "suspended", "and a new connection makes no room");
  await take(2);
  await kit.accept(undefined, { within: 0 });
  assert.equal(nameOf(socket), "open");
});

test("close() ends a full iterator, and what it holds is still delivered", async () => {
  const { kit, socket, peer, iterator } = await blocking();
  peer.say(1, 2, 3, 4);
  await socket.close();
  const left: number[] = [];
  for await (const n of iterator) left.push(n);
  assert.deepEqual(left, [1, 2, 3, 4]);
  await kit.expectNothingLeft();
  socket.reconnect();
  await kit.accept(undefined, { within: 0 });
  assert.equal(nameOf(socket), "open");
});
