// Reads how many tests passed and failed out of what the runners print about themselves.

/** `cargo test` and wasm-bindgen-test: one line for each test binary. */
export function countCargo(output) {
  const lines = plain(output).matchAll(
    /^test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored/gm,
  );
  return sum(Array.from(lines, ([, passed, failed, skipped]) => ({ passed, failed, skipped })));
}

/** `node --test`: the summary at the end, as "ℹ pass 5" (spec) or "# pass 5" (tap). */
export function countNode(output) {
  const last = (word) => {
    const lines = plain(output).matchAll(new RegExp(`^(?:ℹ|#) ${word} (\\d+)$`, "gm"));
    return Number(Array.from(lines).at(-1)?.[1] ?? 0);
  };
  return {
    passed: last("pass"),
    failed: last("fail") + last("cancelled"),
    skipped: last("skipped") + last("todo"),
  };
}

/**
 * Judges a run: a runner that ended badly without naming a failure, or that ran no test at all, has
 * failed once.
 */
export function judge(counts, code) {
  const { passed, failed, skipped } = counts;
  if (failed > 0) return counts;
  if (code !== 0) return { passed, failed: 1, skipped, why: `ended with code ${code}` };
  if (passed === 0) return { passed, failed: 1, skipped, why: "no test ran" };
  return counts;
}

/** Adds up figures, and keeps every failure that the rows name. */
export function sum(rows) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const row of rows) for (const key of Object.keys(total)) total[key] += Number(row[key] ?? 0);
  for (const key of ["failures", "flaky"]) {
    const named = rows.flatMap((row) => row[key] ?? []);
    if (named.length > 0) total[key] = named;
  }
  return total;
}

/** Without colours and Windows line ends. */
export function plain(text) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the terminal's own
  return text.replace(/\u001b\[[0-9;]*m/g, "").replace(/\r\n/g, "\n");
}
