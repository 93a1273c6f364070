import assert from "node:assert/strict";
import { test } from "node:test";
import { cargoFailures, describeFailures, explain, nodeFailures, tail } from "../lib/failures.mjs";

test("node: a failure has its file, the suites around it and the beginning of its error", () => {
  const output = `▶ tabs
  ▶ tabs (chromium)
    ✔ one tab (1.5ms)
    ✖ two tabs (22.5ms)
  ✖ tabs (chromium) (30ms)
✖ tabs (31ms)
✖ alone (3ms)
ℹ pass 1
ℹ fail 2

✖ failing tests:

test at tests/e2e/harness/suite.mjs:37:11
✖ two tabs (22.5ms)
  AssertionError [ERR_ASSERTION]: 1 is not 2
      at tabs.test.mjs:3:1

test at tests/e2e/tabs.test.mjs:9:1
✖ alone (3ms)
  Error: ${"x".repeat(400)}
`;
  assert.deepEqual(nodeFailures(output, "tests/e2e/tabs.test.mjs"), [
    {
      file: "tests/e2e/tabs.test.mjs",
      name: "tabs › tabs (chromium) › two tabs",
      error: ["  AssertionError [ERR_ASSERTION]: 1 is not 2", "      at tabs.test.mjs:3:1"],
    },
    {
      file: "tests/e2e/tabs.test.mjs",
      name: "alone",
      error: [`  Error: ${"x".repeat(291)}…`],
    },
  ]);
});

test("node: nothing has failed where no list of failures is", () => {
  assert.deepEqual(nodeFailures("✔ fine (1ms)\nℹ pass 1\n"), []);
});

test("cargo: failures of several binaries, each with its own, and the tests of documentation", () => {
  const output = `
     Running unittests src/lib.rs (target/debug/deps/tautline-0123)
test backoff::grows ... FAILED

failures:

---- backoff::grows stdout ----

thread 'backoff::grows' panicked at src/session/backoff.rs:9:5:
assertion failed
note: run with RUST_BACKTRACE=1

failures:
    backoff::grows

test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s

   Doc-tests tautline
failures:

---- src/lib.rs - connect (line 3) stdout ----
error[E0425]: cannot find value

failures:
    src/lib.rs - connect (line 3)

test result: FAILED. 3 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s
`;
  assert.deepEqual(
    cargoFailures(output).map(({ file, name, error }) => [file, name, error[0]]),
    [
      [
        "src/lib.rs",
        "backoff::grows",
        "thread 'backoff::grows' panicked at src/session/backoff.rs:9:5:",
      ],
      [
        "documentation of tautline",
        "src/lib.rs - connect (line 3)",
        "error[E0425]: cannot find value",
      ],
    ],
  );
});

test("wasm-bindgen-test: what it calls output is read as cargo's", () => {
  const output = `     Running tests/web/main.rs (target/wasm32-unknown-unknown/debug/deps/web-01.wasm)
test web::opens ... FAIL

failures:

---- web::opens output ----
    error output:
        panicked at tests/web/main.rs:3:1

failures:

    web::opens

test result: FAILED. 5 passed; 1 failed; 0 ignored; 0 filtered out; finished in 0.30s
`;
  assert.deepEqual(cargoFailures(output), [
    {
      file: "tests/web/main.rs",
      name: "web::opens",
      error: ["    error output:", "        panicked at tests/web/main.rs:3:1"],
    },
  ]);
});

test("a program that names no test is quoted from its first error on, or else with its end", () => {
  const many = Array.from({ length: 99 }, (_, i) => `   Compiling part${i}`);
  assert.deepEqual(tail([...many, "error[E0308]: mismatched", " --> src/lib.rs:1:1"].join("\n")), [
    "error[E0308]: mismatched",
    " --> src/lib.rs:1:1",
  ]);
  assert.equal(tail(many.join("\n")).at(-1), "   Compiling part98");
  assert.equal(tail(many.join("\n")).length, 30);
  const counts = { failed: 1, why: "ended with code 101" };
  assert.deepEqual(explain(counts, [], { output: "gone" }), [
    { file: "", name: "ended with code 101", error: ["gone"] },
  ]);
  assert.deepEqual(explain({ failed: 0 }, [], { output: "error: not one" }), []);
});

test("the list is bounded, for each error, for each step and in all", () => {
  const error = Array.from({ length: 40 }, (_, i) => `    line ${i}`).join("\n");
  const output = `✖ a (1ms)\n✖ failing tests:\n✖ a (1ms)\n${error}\n`;
  const [failure] = nodeFailures(output);
  assert.equal(failure.error.length, 15);
  assert.equal(failure.error.at(-1), "… and 26 lines more");

  const row = { name: "end to end", failed: 9, failures: Array(9).fill(failure) };
  assert.equal(describeFailures([row]).length, 60);
  assert.equal(describeFailures([row, row]).at(-1), "… and 85 lines more");
  assert.equal(describeFailures([row, row, row, row]).length, 150);
});

test("what failed stands with its step; a step without a name for its failure too", () => {
  assert.deepEqual(
    describeFailures([
      { name: "rust", passed: 3, failed: 0 },
      { name: "scripts", failed: 1, why: "no test ran" },
      { name: "end to end", failed: 0, flaky: [{ file: "a.test.mjs", name: "b", error: ["c"] }] },
    ]),
    ["failed: scripts › no test ran", "flaky: end to end › a.test.mjs › b", "    c"],
  );
});
