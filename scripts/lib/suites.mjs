// The suites of `npm test`, lowest level first. Each returns { passed, failed, skipped }.
import { mkdir, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { buildPackage } from "../build.mjs";
import { buildServer, buildXtask, cargo, WASM } from "./cargo.mjs";
import { countCargo, countNode, judge } from "./counts.mjs";
import { at, cache, root, script, serverBinary } from "./paths.mjs";
import { run } from "./run.mjs";
import { report, sizes } from "./sizes.mjs";
import { filesBelow } from "./stamp.mjs";
import { testInFirefox } from "./wasm-in-firefox.mjs";

const LIMIT = 1_200_000;
// Suites of their own: one wants an optimised build, the other a browser.
const APART = ["sim", "web"];

/** Checks have no tests to count: each that fails is one failure. */
export const checks = [
  { name: "rustfmt", run: () => check("cargo", ["fmt", "--all", "--check"]) },
  {
    name: "clippy",
    run: () =>
      check("cargo", ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"]),
  },
  {
    name: "clippy (wasm)",
    run: () =>
      check("cargo", [
        "clippy",
        "--package",
        "tautline",
        "--all-targets",
        "--features",
        "js",
        "--target",
        WASM,
        "--",
        "--deny",
        "warnings",
      ]),
  },
  {
    name: "rustdoc",
    run: () =>
      check("cargo", ["doc", "--package", "tautline", "--no-deps", "--quiet"], {
        RUSTDOCFLAGS: "--deny warnings",
      }),
  },
  {
    name: "biome",
    run: () =>
      node([script("@biomejs/biome", "biome"), "check", "--error-on-warnings", "--colors=off"]),
  },
  {
    name: "tsc",
    run: () => node([script("typescript", "tsc"), "--project", at("tsconfig.test.json")]),
  },
];

export const build = { name: "build", run: buildAll };

export const suites = [
  { name: "rust", run: rust },
  { name: "simulation", run: simulation },
  { name: "scripts", run: () => nodeTests(["scripts/test"]) },
  { name: "typescript", run: typescript },
  { name: "wasm in chromium", run: wasmInChromium },
  { name: "wasm in firefox", run: wasmInFirefox },
  { name: "package", run: () => nodeTests(["tests/npm"]) },
  { name: "end to end", run: () => nodeTests(["tests/e2e"]) },
];

/** What the fast loop runs of the tests. */
export const quick = suites.filter(({ name }) => ["rust", "scripts", "typescript"].includes(name));

async function check(command, args, env = {}) {
  const { code } = await run(command, args, { check: false, echo: "all", limit: LIMIT, env });
  return { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

const node = (args) => check(process.execPath, args);

/** Everything the later suites run against. */
async function buildAll() {
  await buildPackage();
  await buildServer();
  const excess = report(await sizes());
  for (const sentence of excess) console.error(`error: ${sentence}`);
  return { passed: 0, failed: excess.length, skipped: 0 };
}

async function rust() {
  const { output } = await run("cargo", ["metadata", "--no-deps", "--format-version", "1"]);
  const targets = JSON.parse(output).packages.find(({ name }) => name === "tautline").targets;
  const tests = targets.filter(({ kind, name }) => kind.includes("test") && !APART.includes(name));
  return cargoTests([
    ["--package", "tautline", "--lib", ...tests.flatMap(({ name }) => ["--test", name])],
    ["--package", "tautline", "--doc"],
    ["--package", "tautline-server", "--package", "xtask"],
  ]);
}

function simulation() {
  return cargoTests([
    ["--package", "tautline", "--profile", "sim", "--test", "sim", "--", "--nocapture"],
  ]);
}

async function wasmInChromium() {
  await buildXtask();
  return cargoTests([WEB_TESTS], {
    CHROMEDRIVER: process.env.CHROMEDRIVER ?? "/usr/bin/chromedriver",
    WASM_BINDGEN_TEST_TIMEOUT: "300",
  });
}

async function wasmInFirefox() {
  await buildXtask();
  const { code, output } = await testInFirefox(WEB_TESTS);
  return judge(countCargo(output), code);
}

const WEB_TESTS = ["--package", "tautline", "--target", WASM, "--features", "js", "--test", "web"];

async function cargoTests(runs, env = {}) {
  let code = 0;
  let output = "";
  for (const args of runs) {
    const split = args.indexOf("--");
    const own = split < 0 ? args : args.slice(0, split);
    const rest = split < 0 ? [] : args.slice(split);
    const result = await cargo(["test", "--no-fail-fast", ...own, ...rest], {
      check: false,
      env,
      limit: LIMIT,
    });
    code ||= result.code;
    output += `${result.output}\n`;
  }
  return judge(countCargo(output), code);
}

/** The facade's tests: TypeScript, bundled file by file because Node 20 does not read it. */
async function typescript() {
  const out = join(cache, "js-test");
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const files = (await filesBelow(at("js", "test"))).filter((path) =>
    /\.test\.(ts|mjs)$/.test(path),
  );
  const { build } = await import("esbuild");
  await build({
    entryPoints: files,
    outdir: out,
    outbase: at("js", "test"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    packages: "external",
    logLevel: "warning",
  });
  return nodeTests([out], ["--enable-source-maps"]);
}

/** Runs the *.test.mjs files right in the given folders. */
async function nodeTests(folders, options = []) {
  const files = (await Promise.all(folders.map((folder) => filesBelow(resolve(root, folder))))).flat();
  const tests = files.filter((path) => basename(path).endsWith(".test.mjs")).sort();
  if (tests.length === 0) return judge({ passed: 0, failed: 0, skipped: 0 }, 0);
  const args = ["--test", "--test-reporter=spec", "--test-concurrency=1", ...options, ...tests];
  const { code, output } = await run(process.execPath, args, {
    check: false,
    echo: "all",
    limit: LIMIT,
    env: { TAUTLINE_SERVER: serverBinary, NODE_TEST_CONTEXT: undefined },
  });
  return judge(countNode(output), code);
}
