// Node's test runner, one file after the other: so a failure is known with its file, a file that hangs ends alone,
// and a file can be run once more.
import { relative } from "node:path";
import { countNode, judge, sum } from "./counts.mjs";
import { explain, nodeFailures } from "./failures.mjs";
import { root } from "./paths.mjs";
import { run } from "./run.mjs";

/** A file that takes longer has failed, in ms: four times what the longest takes on two busy cores. */
const FILE_LIMIT = 900_000;
/** With more than these, it is not chance. */
const FILES_AGAIN = 2;

/**
 * Runs the files and adds up their counts. With `again`, failures in at most two files are looked at twice: the files
 * run once more, and what passes then is no failure but is named as flaky (docs/decisions/0018-flaky-tests.md).
 */
export async function runNodeTests(
  files,
  { options = [], env = {}, again = false, echo = "all" } = {},
) {
  const runFile = (file) => runTestFile(file, { options, env, echo });
  const results = [];
  for (const file of files) results.push(await runFile(file));

  const failed = results.filter((it) => it.failed > 0);
  if (again && failed.length <= FILES_AGAIN) {
    for (const first of failed) {
      if (echo === "all") console.log(`\nonce more: ${relative(root, first.file)}`);
      const second = await runFile(first.file);
      if (second.failed === 0) second.flaky = first.failures;
      results[results.indexOf(first)] = second;
    }
  }
  const why = results.find((it) => it.why)?.why;
  return { ...judge(sum(results), 0), ...(why && { why }) };
}

async function runTestFile(file, { options, env, echo }) {
  const { code, output } = await run(
    process.execPath,
    ["--test-reporter=spec", ...options, file],
    // A runner inside a runner would speak to the outer one instead of printing.
    { check: false, echo, limit: FILE_LIMIT, env: { ...env, NODE_TEST_CONTEXT: undefined } },
  );
  const counted = countNode(output);
  // A file may leave out all it has; a whole step may not.
  const counts = code === 0 && counted.skipped > 0 ? counted : judge(counted, code);
  const name = relative(root, file);
  const failures = explain(counts, nodeFailures(output, name), { file: name, output });
  return { ...counts, file, failures };
}
