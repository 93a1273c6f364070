import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runNodeTests } from "../lib/node-tests.mjs";

const files = {
  /** Fails the first time, and leaves a mark of each time it ran. */
  "stumbles.test.mjs": `
    import { appendFileSync, existsSync } from "node:fs";
    import { it, describe } from "node:test";
    describe("first", () => {
      it("passes", () => {});
      it("stumbles once", () => {
        const before = existsSync("MARK");
        appendFileSync("MARK", "x");
        if (!before) throw new Error("the browser went away");
      });
    });`,
  "fails.test.mjs": `
    import { appendFileSync } from "node:fs";
    import { it } from "node:test";
    it("never holds", () => { appendFileSync("MARK", "x"); throw new Error("wrong"); });`,
  "passes.test.mjs": `
    import { appendFileSync } from "node:fs";
    import { it } from "node:test";
    it("holds", () => { appendFileSync("MARK", "x"); });
    it("is left out", { skip: true }, () => {});`,
  "breaks.test.mjs": "throw new Error('at the import');",
};

/** Writes the files, runs them, and tells also how often each ran. */
async function runOf(names, options) {
  const folder = await mkdtemp(join(tmpdir(), "tautline-suites-"));
  try {
    const paths = [];
    const marks = [];
    for (const [index, name] of names.entries()) {
      const mark = join(folder, `mark-${index}`);
      marks.push(mark);
      paths.push(join(folder, `${index}-${name}`));
      await writeFile(paths.at(-1), files[name].replaceAll('"MARK"', JSON.stringify(mark)));
    }
    const result = await runNodeTests(paths, { echo: "none", ...options });
    const times = await Promise.all(
      marks.map((mark) =>
        readFile(mark, "utf8").then(
          (it) => it.length,
          () => 0,
        ),
      ),
    );
    return { ...result, times };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("the counts of all files add up, and a failure is named with its file and suite", async () => {
  const result = await runOf(["stumbles.test.mjs", "passes.test.mjs"]);
  assert.deepEqual([result.passed, result.failed, result.skipped, result.times], [2, 1, 1, [1, 1]]);
  const [{ file, name, error }] = result.failures;
  assert.match(file, /0-stumbles\.test\.mjs$/);
  assert.equal(name, "first › stumbles once");
  assert.match(error[0], /the browser went away/);
});

test("again: what passes the second time is flaky, counted by its second run, and keeps its error", async () => {
  const result = await runOf(["stumbles.test.mjs", "passes.test.mjs"], { again: true });
  assert.deepEqual(
    [result.passed, result.failed, result.failures, result.times],
    [3, 0, undefined, [2, 1]],
  );
  assert.equal(result.flaky.length, 1);
  assert.equal(result.flaky[0].name, "first › stumbles once");
  assert.match(result.flaky[0].error[0], /the browser went away/);
});

test("again: what fails twice has failed, once", async () => {
  const result = await runOf(["fails.test.mjs", "stumbles.test.mjs"], { again: true });
  assert.deepEqual([result.passed, result.failed, result.times], [2, 1, [2, 2]]);
  assert.deepEqual([result.failures.length, result.flaky.length], [1, 1]);
});

test("again: with more than two files that fail, none runs once more", async () => {
  const result = await runOf(Array(3).fill("stumbles.test.mjs"), { again: true });
  assert.deepEqual([result.failed, result.times, result.flaky], [3, [1, 1, 1], undefined]);
});

test("a file that breaks before its tests, and a step with no file, have failed", async () => {
  const result = await runOf(["breaks.test.mjs", "passes.test.mjs"]);
  assert.deepEqual([result.passed, result.failed, result.why], [1, 1, "ended with code 1"]);
  assert.match(result.failures[0].error.join("\n"), /at the import/);
  assert.equal((await runOf([])).why, "no test ran");
});
