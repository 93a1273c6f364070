// Reads which tests failed, and why, out of what the runners print: [{ file, name, error }].
import { plain } from "./counts.mjs";

/** How much of one error is worth its place at the end of a log. */
const ERROR_LINES = 15;
/** How much is shown of a program that failed without naming a test. */
const TAIL_LINES = 30;
const STEP_LINES = 60;
const ALL_LINES = 150;
const LINE_LENGTH = 300;

/** `cargo test` and wasm-bindgen-test: the blocks "---- name stdout ----" after the tests of a binary. */
export function cargoFailures(output) {
  const found = [];
  let file = "";
  let block;
  for (const line of plain(output).split("\n")) {
    const binary = /^\s*(?:Running (?:unittests )?(\S+) \(|Doc-tests (\S+))/.exec(line);
    const head = /^\s*---- (.+) (?:stdout|output) ----$/.exec(line);
    if (binary) file = binary[1] ?? `documentation of ${binary[2]}`;
    if (head) {
      block = { file, name: head[1], error: [] };
      found.push(block);
    } else if (binary || /^\s*failures:$|^test result: /.test(line)) {
      block = undefined;
    } else block?.error.push(line);
  }
  return found.map(({ error, ...rest }) => ({ ...rest, error: excerpt(error) }));
}

/** `node --test` with the reporter "spec": the blocks below "failing tests:", named by the tree above. */
export function nodeFailures(output, file = "") {
  const lines = plain(output).split("\n");
  const start = lines.findLastIndex((line) => line.startsWith("✖ failing tests:"));
  if (start < 0) return [];
  const names = fullNames(lines.slice(0, start));
  const found = [];
  for (const line of lines.slice(start + 1)) {
    const title = /^✖ (.*)$/.exec(line)?.[1];
    if (title !== undefined) {
      const name = names.get(title)?.shift() ?? withoutTime(title);
      found.push({ file, name, error: [] });
    } else if (!line.startsWith("test at ")) found.at(-1)?.error.push(line);
  }
  return found.map(({ error, ...rest }) => ({ ...rest, error: excerpt(error) }));
}

/** What failed without naming a test: what it says of errors, or else its last words. */
export function tail(output) {
  const lines = plain(output).trimEnd().split("\n");
  const first = lines.findIndex((line) => /^(error|warning)(\[\w+\])?: |^\S+: error/.test(line));
  return (first < 0 ? lines.slice(-TAIL_LINES) : lines.slice(first, first + TAIL_LINES)).map(cut);
}

/** The failures of a run with the figures `counts`: if none was found among its output, then its end. */
export function explain(counts, found, { file = "", name = "", output = "" } = {}) {
  if (counts.failed === 0) return [];
  return found.length > 0 ? found : [{ file, name: name || counts.why, error: tail(output) }];
}

/** Steps with their failures as lines, so many for each step and in all; where there are more, it says so. */
export function describeFailures(rows) {
  const lines = [];
  for (const { name, failed, why, failures = [], flaky = [] } of rows) {
    const unnamed = failed > 0 && failures.length === 0;
    const told = [
      ...(unnamed ? [`failed: ${name} › ${why}`] : []),
      ...flaky.flatMap((failure) => describe("flaky", name, failure)),
      ...failures.flatMap((failure) => describe("failed", name, failure)),
    ];
    lines.push(...bounded(told, STEP_LINES));
  }
  return bounded(lines, ALL_LINES);
}

function describe(word, step, { file, name, error }) {
  return [
    `${word}: ${[step, file, name].filter(Boolean).join(" › ")}`,
    ...error.map((it) => `    ${it}`),
  ];
}

/** From the ✖ lines of the tree, by name and time: the name with those of the suites around it. */
function fullNames(lines) {
  const names = new Map();
  const suites = [];
  for (const line of lines) {
    const [, indent, mark, title] = /^( *)([▶✔✖﹣]) (.*)$/u.exec(line) ?? [];
    if (mark === undefined) continue;
    const depth = indent.length / 2;
    suites.length = Math.min(suites.length, depth);
    if (mark === "▶") suites[depth] = title;
    if (mark !== "✖") continue;
    const name = [...suites.filter((it) => it !== undefined), withoutTime(title)].join(" › ");
    names.set(title, [...(names.get(title) ?? []), name]);
  }
  return names;
}

const withoutTime = (title) => title.replace(/ \([\d.]+ms\)$/, "");

/** The beginning of an error, without the empty lines around it. */
function excerpt(lines) {
  const text = lines
    .join("\n")
    .replace(/^(\s*\n)+/, "")
    .trimEnd();
  return bounded(text === "" ? [] : text.split("\n").map(cut), ERROR_LINES);
}

const cut = (line) => (line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH)}…` : line);

function bounded(lines, most) {
  if (lines.length <= most) return lines;
  return [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} lines more`];
}
