// Runs steps one after the other, times them and adds up their counts.
import { sum } from "./counts.mjs";
import { describeFailures, explain } from "./failures.mjs";
import { Trouble } from "./run.mjs";

/** Runs all steps whatever fails; prints a table and the total; returns the exit code. */
export async function runSteps(steps, { prepare }) {
  const started = performance.now();
  const rows = [];
  const ready = await timed(rows, "set-up", async () => {
    await prepare();
    return {};
  });
  if (ready) for (const { name, run } of steps) await timed(rows, name, run);

  const total = sum(rows);
  // Again, because many who read a log see only its end.
  const told = describeFailures(rows);
  if (told.length > 0) console.log(`\n── what failed ──\n${told.join("\n")}`);
  print(rows, performance.now() - started);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  return total.failed === 0 ? 0 : 1;
}

async function timed(rows, name, work) {
  console.log(`\n── ${name} ──`);
  const started = performance.now();
  let counts;
  try {
    counts = await work();
  } catch (error) {
    console.error(error instanceof Trouble ? `error: ${error.message}` : error);
    const why = "could not run";
    const output = error instanceof Trouble ? error.message : String(error?.stack ?? error);
    const failures = explain({ failed: 1, why }, [], { output });
    counts = { passed: 0, failed: 1, why, failures };
  }
  rows.push({ name, ms: performance.now() - started, ...counts });
  return !counts.failed;
}

function print(rows, total) {
  const width = Math.max(...rows.map(({ name }) => name.length));
  console.log("");
  for (const { name, ms, passed = 0, failed = 0, skipped = 0, why, flaky = [] } of rows) {
    const words = [failed ? `${failed} failed` : "ok"];
    if (passed) words.push(`${passed} passed`);
    if (skipped) words.push(`${skipped} skipped`);
    if (flaky.length > 0) words.push(`${flaky.length} flaky`);
    if (why) words.push(why);
    console.log(`${seconds(ms)}  ${name.padEnd(width)}  ${words.join(", ")}`);
  }
  console.log(`${seconds(total)}  in all\n`);
}

const seconds = (ms) => `${(ms / 1000).toFixed(1).padStart(7)} s`;
