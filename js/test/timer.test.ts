import assert from "node:assert/strict";
import { it } from "node:test";
import { setScope } from "../scope.js";
import { Timer } from "../transport/timer.js";

it("a timer takes no delay that a runtime would warn of", (t) => {
  const delays: number[] = [];
  const setTimeout = (_: () => void, ms: number) => delays.push(ms);
  setScope({ ...globalThis, setTimeout, clearTimeout: () => {} } as never);
  t.after(() => setScope());
  const timer = new Timer(() => {});
  timer.set(1_000, 997); // late already: Node from 24 on and Deno warn of negative delays
  timer.set(1_000, 1_050);
  timer.set(1_000, 2 ** 40);
  assert.deepEqual(delays, [0, 50, 2 ** 31 - 1]);
});
