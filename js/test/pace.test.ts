import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { pace } from "../react/pace.js";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("what changes within a task is told at once, and what follows when a while is over, once", async () => {
  let [first, second] = [0, 0];
  const one = () => ++first;
  const two = () => ++second;
  pace(one);
  pace(two);
  assert.deepEqual([first, second], [1, 1]);
  await Promise.resolve();
  for (let i = 0; i < 5; i++) pace(one);
  assert.deepEqual([first, second], [1, 1]);
  await pause(50);
  assert.deepEqual([first, second], [2, 1]);
});

test("fake timers that are taken away take no later renderings along", async () => {
  let count = 0;
  mock.timers.enable({ apis: ["setTimeout"] });
  pace(() => ++count);
  await Promise.resolve();
  pace(() => ++count);
  assert.equal(count, 1);
  mock.timers.reset();
  pace(() => ++count);
  assert.equal(count, 2);
  await pause(50);
  assert.equal(count, 3);
});
