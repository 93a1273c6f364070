// From the compiled module to { engine.wasm, names }: wasm-bindgen, then everything the glue does not use
// goes, then wasm-opt, then short names.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildEngine, buildXtask, rustcVersion, wasmRecipe } from "./cargo.mjs";
import { at, cache, script } from "./paths.mjs";
import { run } from "./run.mjs";
import { step } from "./stamp.mjs";

export const wasmFolder = join(cache, "wasm");
/** What this step leaves: the small module, wasm-bindgen's glue, and { long name → short name }. */
export const wasmFiles = {
  module: join(wasmFolder, "engine.wasm"),
  glue: join(wasmFolder, "bindgen", "engine.js"),
  types: join(wasmFolder, "bindgen", "engine.d.ts"),
  names: join(wasmFolder, "names.json"),
};

export async function buildWasm() {
  const recipe = wasmRecipe();
  const inputs = {
    files: [
      at("src"),
      at("Cargo.toml"),
      at("Cargo.lock"),
      at("xtask", "src"),
      at("xtask", "Cargo.toml"),
      at("scripts", "lib", "wasm.mjs"),
      at("node_modules", "binaryen", "package.json"),
    ],
    values: [await rustcVersion(), recipe],
    outputs: Object.values(wasmFiles),
  };
  return step("wasm", inputs, async () => {
    const [compiled, xtask] = await Promise.all([buildEngine(recipe), buildXtask()]);
    await rm(wasmFolder, { recursive: true, force: true });
    await bindgen(xtask, compiled);
    await shrink();
  });
}

async function bindgen(xtask, compiled) {
  const out = join(wasmFolder, "bindgen");
  await mkdir(out, { recursive: true });
  const wants = [
    "--target",
    "web",
    "--omit-default-module-path",
    "--remove-name-section",
    "--remove-producers-section",
  ];
  await run(xtask, ["bindgen", ...wants, "--out-dir", out, "--out-name", "engine", compiled]);
}

async function shrink() {
  console.log("wasm-opt -Oz");
  const raw = join(wasmFolder, "bindgen", "engine_bg.wasm");
  const trimmed = join(wasmFolder, "trimmed.wasm");
  const small = join(wasmFolder, "small.wasm");
  await dropUnusedExports(raw, trimmed);
  await wasmOpt(["-Oz", "--converge", "--strip-debug", "--strip-producers", trimmed, "-o", small]);
  // A pass of its own: under --converge it would run again over names that are short already.
  const table = await wasmOpt([
    "--minify-imports-and-exports-and-modules",
    "--strip-target-features",
    small,
    "-o",
    wasmFiles.module,
  ]);
  await writeFile(wasmFiles.names, JSON.stringify(shortNames(table), null, 1));
  await Promise.all([rm(trimmed), rm(small)]);
}

async function wasmOpt(args) {
  const { output } = await run(process.execPath, [script("binaryen", "wasm-opt"), ...args]);
  return output;
}

/** wasm-bindgen keeps exports that only other targets' glue calls. */
async function dropUnusedExports(from, to) {
  const { default: binaryen } = await import("binaryen");
  const glue = await readFile(wasmFiles.glue, "utf8");
  const used = new Set(Array.from(glue.matchAll(/\bwasm\.(\w+)/g), ([, name]) => name));
  const module = binaryen.readBinary(await readFile(from));
  const names = Array.from(
    { length: module.getNumExports() },
    (_, i) => binaryen.getExportInfo(module.getExportByIndex(i)).name,
  );
  for (const name of names) if (!used.has(name)) module.removeExport(name);
  await writeFile(to, module.emitBinary());
  module.dispose();
}

/** Reads wasm-opt's table: imports as [module, long, short], exports as [long, short]. */
function shortNames(table) {
  const { imports, exports } = JSON.parse(table);
  return {
    module: "a",
    imports: Object.fromEntries(imports.map(([, long, short]) => [long, short])),
    exports: Object.fromEntries(exports),
  };
}
