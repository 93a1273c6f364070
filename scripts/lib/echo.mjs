// What the Rust client costs a page: examples/echo, with text and with JSON, module and glue together.
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { bind, cargo, rustcVersion, WASM } from "./cargo.mjs";
import { at, cache, script } from "./paths.mjs";
import { run } from "./run.mjs";
import { measure } from "./sizes.mjs";
import { step } from "./stamp.mjs";

const KINDS = {
  text: [],
  JSON: ["--features", "json"],
  "text, all parts": ["--features", "all"],
};
const OPTIMIZE = [
  ...["--low-memory-unused", "-Oz", "--converge", "--flatten", "--local-cse", "--rereloop"],
  ...["-Oz", "-Oz", "--reorder-functions-by-name", "--reorder-locals"],
  ...["--strip-debug", "--strip-producers", "--strip-target-features"],
];
const folder = (kind) => join(cache, "echo", kind);

/** Rows as `sizes` has them; budgets are bytes of gzip, as what they are compared with. */
export async function echoSizes() {
  await buildEcho();
  const budget = JSON.parse(await readFile(at("size-budget.json"), "utf8"));
  const rows = Object.keys(KINDS).map(async (kind) => {
    const files = ["app.wasm", "app.min.js"].map((file) => readFile(join(folder(kind), file)));
    const parts = (await Promise.all(files)).map(measure);
    const total = (key) => parts.reduce((sum, part) => sum + part[key], 0);
    const part = `echo in Rust, ${kind}`;
    const [raw, gzip, brotli] = ["raw", "gzip", "brotli"].map(total);
    return { part, raw, gzip, brotli, gzipBudget: budget[part] };
  });
  return Promise.all(rows);
}

async function buildEcho() {
  const inputs = {
    files: [
      at("src"),
      at("examples", "echo"),
      at("Cargo.toml"),
      at("Cargo.lock"),
      at("scripts", "lib", "echo.mjs"),
      at("node_modules", "binaryen", "package.json"),
    ],
    values: [await rustcVersion()],
    outputs: Object.keys(KINDS).map((kind) => join(folder(kind), "app.min.js")),
  };
  return step("echo", inputs, async () => {
    for (const [kind, features] of Object.entries(KINDS)) await buildKind(kind, features);
  });
}

/** Panics name source files. The same machine with other folders, or with the standard library's source, is no other size. */
async function withoutPlaces() {
  const { output } = await run("rustc", ["--print", "sysroot"]);
  const [, commit] = /^commit-hash: (\S+)/m.exec(await rustcVersion());
  const registry = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry", "src");
  const indexes = await readdir(registry).catch(() => []);
  const places = [
    [join(output.trim(), "lib", "rustlib", "src", "rust"), `/rustc/${commit}`],
    ...indexes.map((index) => [join(registry, index), ""]),
  ];
  return places.map(([from, to]) => `--remap-path-prefix=${from}=${to}`);
}

async function buildKind(kind, features) {
  const out = folder(kind);
  await cargo(
    [...["build", "--package", "echo", "--profile", "wasm", "--target", WASM], ...features],
    {
      env: { CARGO_ENCODED_RUSTFLAGS: (await withoutPlaces()).join("\x1f"), RUSTFLAGS: undefined },
    },
  );
  await bind("echo", { out: "app", folder: out, profile: "wasm", flags: ["--no-typescript"] });
  const bound = join(out, "app_bg.wasm");
  const optimizer = script("binaryen", "wasm-opt");
  await run(process.execPath, [optimizer, ...OPTIMIZE, bound, "-o", join(out, "app.wasm")]);
  const { build } = await import("esbuild");
  await build({
    entryPoints: [join(out, "app.js")],
    outfile: join(out, "app.min.js"),
    minify: true,
    format: "esm",
    legalComments: "none",
    logLevel: "warning",
  });
}
