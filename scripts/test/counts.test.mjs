import assert from "node:assert/strict";
import { test } from "node:test";
import { countCargo, countNode, judge } from "../lib/counts.mjs";

test("cargo: the lines of several binaries add up", () => {
  const output = `
running 2 tests
test a ... ok
test b ... FAILED
test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
   Doc-tests tautline
test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 0 filtered out; finished in 1.20s
`;
  assert.deepEqual(countCargo(output), { passed: 13, failed: 1, skipped: 3 });
});

test("cargo: a test that prints about results in the middle of a line is not counted", () => {
  assert.deepEqual(countCargo("said: test result: ok. 9 passed; 0 failed; 0 ignored\n"), {
    passed: 0,
    failed: 0,
    skipped: 0,
  });
});

test("wasm-bindgen-test: its shorter line counts", () => {
  const output =
    "test result: ok. 5 passed; 0 failed; 1 ignored; 0 filtered out; finished in 0.30s\r\n";
  assert.deepEqual(countCargo(output), { passed: 5, failed: 0, skipped: 1 });
});

test("node: spec and tap summaries, coloured or not; a cancelled test has failed", () => {
  const words = ["tests 9", "suites 1", "pass 5", "fail 1", "cancelled 2", "skipped 1", "todo 0"];
  const wanted = { passed: 5, failed: 3, skipped: 1 };
  assert.deepEqual(
    countNode(words.map((line) => `\u001b[34mℹ ${line}\u001b[39m`).join("\n")),
    wanted,
  );
  assert.deepEqual(countNode(words.map((line) => `# ${line}`).join("\n")), wanted);
});

test("node: only the last summary counts", () => {
  assert.deepEqual(countNode("# pass 99\n# fail 7\nℹ pass 2\nℹ fail 0\n"), {
    passed: 2,
    failed: 0,
    skipped: 0,
  });
});

test("a runner that ends badly without a count has failed", () => {
  assert.equal(judge({ passed: 0, failed: 0, skipped: 0 }, 101).failed, 1);
  assert.equal(judge({ passed: 4, failed: 0, skipped: 0 }, 1).failed, 1);
});

test("a runner that runs nothing has failed", () => {
  assert.equal(judge({ passed: 0, failed: 0, skipped: 2 }, 0).failed, 1);
});

test("failures that were counted are not counted twice", () => {
  assert.deepEqual(judge({ passed: 4, failed: 2, skipped: 0 }, 1), {
    passed: 4,
    failed: 2,
    skipped: 0,
  });
});
