// The suites of `npm test`, lowest level first. Each returns { passed, failed, skipped }.
import { mkdir, rm } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { buildPackage } from "../build.mjs";
import { setUp } from "../setup.mjs";
import { APP_BUILD, buildApps } from "./apps.mjs";
import { buildJsonrpsee, buildServer, buildXtask, cargo, HOST, WASM } from "./cargo.mjs";
import { countCargo, judge, sum } from "./counts.mjs";
import { buildDocs } from "./docs.mjs";
import { echoSizes } from "./echo.mjs";
import { cargoFailures, explain } from "./failures.mjs";
import { runNodeTests } from "./node-tests.mjs";
import { at, cache, root, script, serverBinary } from "./paths.mjs";
import { run } from "./run.mjs";
import { buildSharedTypes, SHARED_TYPES_BUILD } from "./shared-types.mjs";
import { report, sizes } from "./sizes.mjs";
import { filesBelow } from "./stamp.mjs";
import { testInFirefox } from "./wasm-in-firefox.mjs";

const LIMIT = 1_200_000;
const SUBPROTOCOLS = ["--features", "jsonrpc,mqtt,stomp"];
// Suites of their own: some want an optimised build, the others a browser.
const APART = ["sim", "mqtt-sim", "web", "worker"];
// Every format and subprotocol that the Rust face speaks, and the classes for TypeScript; none is on by default. Not `--all-features`:
// `js` is for the npm package.
const CODECS = [
  "--features",
  "json,jsonrpc,messagepack,cbor,protobuf,postcard,typescript,mqtt,stomp",
];
// What a page may do without: with none of them, and with one alone, the client compiles and holds what it promises.
const PARTS = [
  "delivery",
  "events",
  "heartbeat",
  "lifecycle",
  "long-text",
  "queue",
  "retry",
  "steps",
];
const BARE = ["--no-default-features", "--features", "client"];

const ADAPTERS = ["tautline-leptos", "tautline-yew"];
const ADAPTER_PACKAGES = ADAPTERS.flatMap((name) => ["--package", name]);

/** Checks have no tests to count: each that fails is one failure. */
export const checks = [
  { name: "rustfmt", run: () => check("cargo", ["fmt", "--all", "--check"]) },
  // With clippy in the compiler's place, in a real build: `cargo clippy` would check everything these depend on besides,
  // the tooling of wasm-bindgen and three frameworks among it, which the suites compile anyway.
  {
    name: "clippy",
    run: () => clippyBuild(["test", "--no-run", ...HOST, "--all-targets"]),
  },
  {
    name: "clippy (codecs)",
    run: () =>
      check("cargo", [
        ...["clippy", "--package", "tautline", "--all-targets", ...CODECS],
        ...["--", "--deny", "warnings"],
      ]),
  },
  // The exports bring an allocator, and so do the browser tests: one build cannot hold both.
  { name: "clippy (wasm)", run: () => clippyWasm(["--all-targets"]) },
  {
    name: "clippy (wasm, js)",
    run: async () => {
      const results = [];
      for (const feature of ["js", "js-mqtt", "js-stomp"])
        results.push(await clippyWasm(["--no-default-features", "--features", feature]));
      return sum(results);
    },
  },
  {
    name: "clippy (wasm, typescript)",
    run: () => clippyWasm(["--features", "jsonrpc,typescript"]),
  },
  {
    name: "clippy (wasm, subprotocols)",
    run: () => clippyWasm([...SUBPROTOCOLS, "--lib", "--test", "web"]),
  },
  {
    name: "clippy (parts)",
    run: async () => {
      const alone = PARTS.map((part) => ["--no-default-features", "--features", `client,${part}`]);
      const results = [];
      for (const features of [BARE, ...alone]) results.push(await clippyWasm(features));
      return sum(results);
    },
  },
  {
    name: "clippy (apps)",
    run: () => clippyBuild(APP_BUILD),
  },
  // Their tests bring the frameworks for servers along, which the suite compiles anyway.
  { name: "clippy (adapters)", run: () => clippyBuild(["test", "--no-run", ...ADAPTER_PACKAGES]) },
  { name: "clippy (shared types)", run: () => clippyBuild(SHARED_TYPES_BUILD) },
  {
    name: "rustdoc",
    run: () =>
      check("cargo", ["doc", "--package", "tautline", "--no-deps", "--quiet", ...CODECS], {
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

/** `built`: whether a suite runs against what the build makes. */
export const suites = [
  { name: "rust", run: rust },
  { name: "adapters", run: () => cargoTests([ADAPTER_PACKAGES]) },
  { name: "simulation", run: simulation },
  { name: "scripts", run: () => nodeTests(["scripts/test"]) },
  { name: "typescript", run: typescript, built: true },
  { name: "wasm in chromium", run: wasmInChromium },
  { name: "wasm in firefox", run: wasmInFirefox },
  { name: "package", run: () => wildTests(["tests/npm"]), built: true },
  { name: "libraries", run: () => wildTests(["tests/libraries"]), built: true },
  { name: "test kit", run: () => wildTests(["tests/testing"]), built: true },
  { name: "frameworks", run: () => wildTests(["tests/frameworks"]), built: true },
  { name: "end to end", run: () => wildTests(["tests/e2e"]), built: true },
  { name: "protocols", run: protocols, built: true },
  { name: "documents", run: documents, built: true },
  { name: "shared types", run: sharedTypes },
  { name: "rust apps", run: rustApps },
];

/** What the fast loop runs of the tests. */
export const quick = suites.filter(({ name }) => ["rust", "scripts", "typescript"].includes(name));

async function check(command, args, env = {}) {
  const { code, output } = await run(command, args, {
    check: false,
    echo: "all",
    limit: LIMIT,
    env,
  });
  const counts = { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const name = [basename(command), ...args].join(" ");
  return { ...counts, failures: explain(counts, [], { name, output }) };
}

const node = (args) => check(process.execPath, args);

const clippyBuild = (args) =>
  check("cargo", args, {
    RUSTC_WORKSPACE_WRAPPER: "clippy-driver",
    CLIPPY_ARGS: "--deny=warnings",
  });

const clippyWasm = (args) =>
  check("cargo", [
    ...["clippy", "--package", "tautline", "--target", WASM],
    ...args,
    ...["--", "--deny", "warnings"],
  ]);

/** Everything the later suites run against. */
async function buildAll() {
  await buildPackage();
  await buildServer();
  const excess = report([...(await sizes()), ...(await echoSizes())]);
  for (const sentence of excess) console.error(`error: ${sentence}`);
  const failures = excess.map((sentence) => ({ file: "", name: sentence, error: [] }));
  return { passed: 0, failed: excess.length, skipped: 0, failures };
}

async function rust() {
  const { output } = await run("cargo", ["metadata", "--no-deps", "--format-version", "1"]);
  const targets = JSON.parse(output).packages.find(({ name }) => name === "tautline").targets;
  const tests = targets.filter(({ kind, name }) => kind.includes("test") && !APART.includes(name));
  return cargoTests([
    ["--package", "tautline", "--lib", ...CODECS, ...tests.flatMap(({ name }) => ["--test", name])],
    ["--package", "tautline", "--doc", ...CODECS],
    ["--package", "tautline", "--lib", ...BARE],
    [...HOST, "--exclude", "tautline"],
  ]);
}

function simulation() {
  return cargoTests([
    [
      ...["--package", "tautline", "--profile", "sim", "--features", "mqtt"],
      ...["--test", "sim", "--test", "mqtt-sim", "--", "--nocapture"],
    ],
  ]);
}

const IN_BROWSERS = ["--package", "tautline", "--target", WASM, ...SUBPROTOCOLS];
const IN_PAGE = [...IN_BROWSERS, "--test", "web"];
const IN_WORKER = [...IN_BROWSERS, "--test", "worker"];

function wasmInChromium() {
  const driver = process.env.CHROMEDRIVER ?? "/usr/bin/chromedriver";
  return withServers((servers) =>
    cargoTests([IN_PAGE, IN_WORKER], {
      ...servers,
      CHROMEDRIVER: driver,
      WASM_BINDGEN_TEST_TIMEOUT: "300",
    }),
  );
}

function wasmInFirefox() {
  return withServers(async (servers) => {
    const runs = await testInFirefox([IN_PAGE, IN_WORKER], servers);
    const results = runs.map(judgeCargo);
    return { ...sum(results), why: results.find((it) => it.why)?.why };
  });
}

/** Runs the browser tests beside the servers they talk to, whose addresses are compiled into them. */
async function withServers(work) {
  const xtask = await buildXtask();
  await buildServer();
  await buildJsonrpsee();
  const { startServer } = await import("../../tests/e2e/harness/server.mjs");
  const { Jsonrpsee, NodePeer } = await import("../../tests/protocols/peers.mjs");
  const { Mosquitto } = await import("../../tests/protocols/brokers/mosquitto.mjs");
  const { RabbitMq } = await import("../../tests/protocols/brokers/rabbitmq.mjs");
  const server = await startServer();
  const peers = [];
  try {
    // Each as soon as it runs: another that does not start must not leave it behind.
    const begun = async (starting, end) => {
      const peer = await starting;
      peers.push(() => peer[end]());
      return peer;
    };
    const jsonrpsee = await begun(Jsonrpsee.start({ comesBack: true }), "kill");
    const node = await begun(NodePeer.start(), "kill");
    const mosquitto = await begun(Mosquitto.start(), "stop");
    const rabbit = await begun(RabbitMq.start(), "stop");
    return await work({
      // The runner of .cargo/config.toml, as it is built already. From here on, because cargo splits it at spaces.
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: `${relative(root, xtask)} test-runner`,
      TAUTLINE_TEST_SERVER: server.url,
      TAUTLINE_TEST_JSONRPSEE: jsonrpsee.url,
      TAUTLINE_TEST_JSONRPC: node.url,
      TAUTLINE_TEST_MOSQUITTO: mosquitto.url,
      TAUTLINE_TEST_RABBITMQ: rabbit.stompUrl,
    });
  } finally {
    await server.stop();
    for (const end of peers) await end();
  }
}

/** The example chats of examples/chat, driven in both browsers. */
async function rustApps() {
  await buildApps();
  await buildServer();
  return wildTests(["tests/apps"]);
}

/** Subprotocols against servers that others have written. */
async function protocols() {
  const { lendRabbitMq } = await import("../../tests/protocols/brokers/shared.mjs");
  const [rabbit, built] = await Promise.allSettled([lendRabbitMq(), buildJsonrpsee()]);
  try {
    for (const { reason } of [rabbit, built]) if (reason) throw reason;
    return await wildTests(["tests/protocols"], rabbit.value.env);
  } finally {
    await rabbit.value?.stop();
  }
}

/** The documentation: its examples, and the site that is made of it. */
async function documents() {
  await setUp(["docs"]);
  await buildDocs();
  return wildTests(["tests/docs"]);
}

/** The example of shared types: its pages and its class, in both browsers. */
async function sharedTypes() {
  await buildSharedTypes();
  return wildTests(["tests/shared-types"]);
}

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
  return judgeCargo({ code, output });
}

function judgeCargo({ code, output }) {
  const counts = judge(countCargo(output), code);
  return { ...counts, failures: explain(counts, cargoFailures(output), { output }) };
}

/** The facade's tests: TypeScript, bundled file by file because Node 20 does not read it. */
async function typescript() {
  const out = join(cache, "js-test");
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const files = (await filesBelow(at("js", "test"))).filter((path) =>
    /\.test\.(ts|mjs)$/.test(path),
  );
  const { bundleTests } = await import("../../js/test/bundle.mjs");
  await bundleTests(files, out);
  return nodeTests([out], { options: ["--enable-source-maps"] });
}

/** Runs the *.test.mjs files right in the given folders. */
async function nodeTests(folders, { env = {}, ...rest } = {}) {
  const files = (
    await Promise.all(folders.map((folder) => filesBelow(resolve(root, folder))))
  ).flat();
  const tests = files
    .filter(
      (path) =>
        basename(path).endsWith(".test.mjs") && !relative(root, path).includes("node_modules"),
    )
    .sort();
  return runNodeTests(tests, { ...rest, env: { TAUTLINE_SERVER: serverBinary, ...env } });
}

/** Tests that drive browsers or brokers, which others have written and which stumble at times. */
const wildTests = (folders, env) => nodeTests(folders, { env, again: true });
