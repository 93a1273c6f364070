// Installs what is missing on this machine, and only that.
//
//   node scripts/setup.mjs build          what building and serving need
//   node scripts/setup.mjs build tests    and what the tests need on top: browsers and a driver
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fetchBrokers } from "./lib/brokers.mjs";
import { WASM, wasmRecipe } from "./lib/cargo.mjs";
import { fetchNatsServer } from "./lib/nats.mjs";
import { at } from "./lib/paths.mjs";
import { isMain, program, run, Trouble } from "./lib/run.mjs";
import { alone } from "./lib/stamp.mjs";

const WANTS = {
  build: [linker, rust, nodeModules()],
  check: [rustComponents("clippy", "rustfmt")],
  docs: [nodeModules("docs/site")],
  tests: [
    browsers,
    fetchBrokers,
    fetchNatsServer,
    nodeModules("tests/npm/builders"),
    nodeModules("tests/frameworks"),
    nodeModules("tests/libraries"),
    nodeModules("tests/protocols"),
    nodeModules("tests/testing"),
  ],
};

/** Installs what the named kinds of work need. */
export async function setUp(kinds) {
  for (const kind of kinds)
    if (!WANTS[kind])
      throw new Trouble(`unknown set-up "${kind}": there are ${Object.keys(WANTS).join(", ")}`);
  nodeVersion();
  for (const want of kinds.flatMap((kind) => WANTS[kind])) await want();
}

function nodeVersion() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Trouble(
      `Node ${process.versions.node} is too old: install Node 20.19 or later (https://nodejs.org)`,
    );
  }
}

async function linker() {
  if (process.platform !== "linux") return;
  const { code } = await run("cc", ["--version"], { check: false });
  if (code !== 0) await apt("the C linker that Rust needs", ["gcc", "libc6-dev"]);
}

async function rust() {
  const { missing } = await run("cargo", ["--version"], { check: false });
  if (missing)
    throw new Trouble(
      "cargo is not installed or not on the PATH: install Rust with https://rustup.rs",
    );
  const { output } = await run("rustc", ["--print", "sysroot"]);
  const library = join(output.trim(), "lib", "rustlib");
  if (!existsSync(join(library, WASM, "lib")))
    await rustup(`the compile target ${WASM}`, ["target", "add", WASM]);
  const rebuildsStd = wasmRecipe().args.length > 0;
  if (rebuildsStd && !existsSync(join(library, "src", "rust", "library", "std"))) {
    await rustup("the standard library's source", ["component", "add", "rust-src"]);
  }
}

function rustComponents(...names) {
  return async () => {
    for (const name of names) {
      const { code } = await run("cargo", [name.replace("rustfmt", "fmt"), "--version"], {
        check: false,
      });
      if (code !== 0) await rustup(name, ["component", "add", name]);
    }
  };
}

async function rustup(what, args) {
  console.log(`setup: installing ${what} (rustup ${args.join(" ")})`);
  const { missing } = await run("rustup", args, { check: false, echo: "all" }).then((result) => {
    if (result.code !== 0 && !result.missing)
      throw new Trouble(`rustup could not install ${what}: see its message above`);
    return result;
  });
  if (missing) {
    throw new Trouble(
      `${what} is missing and there is no rustup to install it: install Rust with https://rustup.rs, or add it by your system's packages`,
    );
  }
}

/**
 * Installs node_modules if it is not what package-lock.json says: of the package itself, or of a project that only some
 * work needs and that has a lock file of its own.
 */
function nodeModules(project = ".") {
  const folder = at(project);
  return async () => {
    if (!existsSync(join(folder, "package-lock.json")) || (await nodeModulesMatch(folder))) return;
    await alone("setup", async () => {
      if (await nodeModulesMatch(folder)) return;
      console.log(`setup: installing ${join(project, "node_modules")} (npm ci)`);
      const ci = (options, check) =>
        run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error", ...options], {
          cwd: folder,
          echo: "all",
          limit: 600_000,
          check,
        });
      // What npm remembers of the registry may be older than the lock file: then it has to ask.
      const { code } = await ci(["--prefer-offline"], false);
      if (code !== 0) await ci([], true);
    });
  };
}

/** npm keeps its own record of what it installed; optional packages of other platforms are not in it. */
async function nodeModulesMatch(folder) {
  const record = join(folder, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const lock = join(folder, "package-lock.json");
  const [wanted, present] = await Promise.all([lock, record].map(packages));
  return Object.entries(wanted).every(([path, { version, optional, ...needs }]) => {
    if (path === "" || (optional && !present[path] && !isForHere(needs))) return true;
    return present[path]?.version === version;
  });
}

/** Whether npm installs an optional package on this machine for certain: which C library it has is not looked at. */
const isForHere = ({ os, cpu, libc }) =>
  !libc && os?.includes(process.platform) && cpu?.includes(process.arch);

async function packages(path) {
  return JSON.parse(await readFile(path, "utf8")).packages;
}

const BROWSERS = [
  {
    variable: "CHROMIUM",
    places: [
      "/usr/bin/chromium",
      "/usr/bin/chromium-browser",
      "/usr/bin/google-chrome",
      "/Applications/Chromium.app",
      "/Applications/Google Chrome.app",
    ],
    package: "chromium",
  },
  {
    variable: "CHROMEDRIVER",
    places: [
      "/usr/bin/chromedriver",
      "/usr/local/bin/chromedriver",
      "/opt/homebrew/bin/chromedriver",
    ],
    package: "chromium-driver",
  },
  {
    variable: "FIREFOX",
    places: ["/usr/bin/firefox-esr", "/usr/bin/firefox", "/Applications/Firefox.app"],
    package: "firefox-esr",
  },
];

async function browsers() {
  const missing = BROWSERS.filter(
    ({ variable, places }) => !process.env[variable] && !places.some((path) => existsSync(path)),
  );
  if (missing.length > 0)
    await apt(
      "the browsers the tests run in",
      missing.map((it) => it.package),
    );
}

async function apt(what, names) {
  const command = `apt-get update && apt-get install -y --no-install-recommends ${names.join(" ")}`;
  const { missing } = await run("apt-get", ["--version"], { check: false });
  if (missing)
    throw new Trouble(
      `${what} are missing and there is no apt-get here: install ${names.join(", ")}, or name their paths by environment (${BROWSERS.map((it) => it.variable).join(", ")})`,
    );
  if (process.getuid?.() !== 0)
    throw new Trouble(
      `${what} are missing. Installing them needs root; run:\n  sudo sh -c '${command}'`,
    );
  console.log(`setup: installing ${what} (${names.join(", ")})`);
  const options = { env: { DEBIAN_FRONTEND: "noninteractive" }, limit: 900_000 };
  await run("apt-get", ["update", "-q"], options);
  await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...names], options);
}

if (isMain(import.meta.url)) {
  await program(async () => {
    const kinds = process.argv.slice(2);
    await setUp(kinds.length > 0 ? kinds : ["build", "tests"]);
    console.log("setup: everything is there");
  });
}
