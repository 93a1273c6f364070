// The wasm modules of the npm package, one for each entry that is whole: compiled without any import, then made small.
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildEngine, rustcVersion, wasmRecipe } from "./cargo.mjs";
import { at, cache, script } from "./paths.mjs";
import { run } from "./run.mjs";
import { step } from "./stamp.mjs";

/** What each entry that has a module needs of the crate. The slim entry takes the module of the main one. */
const FEATURES = { index: "js", "mqtt/index": "js-mqtt", "stomp/index": "js-stomp" };

/**
 * The modules of the package as it is: [{ entry, name, feature, file }], the main one first. `file` is what this step
 * leaves.
 */
export async function wasmModules() {
  const { exports } = JSON.parse(await readFile(at("package.json"), "utf8"));
  const targets = Object.values(exports).map((target) => target.default);
  return Object.entries(FEATURES)
    .filter(([entry]) => targets.includes(`./pkg/${entry}.js`))
    .map(([entry, feature]) => {
      const name = entry === "index" ? "engine" : entry.replace("/index", "");
      return { entry, name, feature, file: join(cache, "wasm", `${name}.wasm`) };
    });
}

/** The module of the main entry. */
export const wasmFile = join(cache, "wasm", "engine.wasm");

const OPTIMIZE = [
  ...["-Oz", "--converge"],
  // Once more on simpler code. No address of ours lies in the first KiB: there is the far end of the stack.
  ...["--low-memory-unused", "--flatten", "--local-cse", "--rereloop", "-Oz", "-Oz"],
  "--reorder-locals",
];
const STRIP = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/** Builds the modules that changed; true if any did. */
export async function buildWasm() {
  let isBuilt = false;
  // One after the other: cargo leaves them all in the same place.
  for (const module of await wasmModules()) isBuilt = (await buildModule(module)) || isBuilt;
  return isBuilt;
}

async function buildModule({ name, feature, file }) {
  const recipe = wasmRecipe();
  const inputs = {
    files: [
      at("src"),
      at("Cargo.toml"),
      at("Cargo.lock"),
      at(".cargo"),
      at("scripts", "lib", "cargo.mjs"),
      at("scripts", "lib", "wasm.mjs"),
      at("node_modules", "binaryen", "package.json"),
    ],
    values: [await rustcVersion(), recipe],
    outputs: [file],
  };
  return step(`wasm ${name}`, inputs, async () => {
    const compiled = await buildEngine(feature, recipe);
    console.log(`wasm-opt ${OPTIMIZE.join(" ")}`);
    await mkdir(join(cache, "wasm"), { recursive: true });
    const optimizer = script("binaryen", "wasm-opt");
    await run(process.execPath, [optimizer, ...OPTIMIZE, ...STRIP, compiled, "-o", file]);
    await importsNothing(file);
  });
}

/** An import would need glue: something has come in that belongs in the shell. */
async function importsNothing(file) {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(await readFile(file)));
  if (imports.length > 0) {
    const names = imports.map(({ module, name }) => `${module}.${name}`).join(", ");
    throw new Error(`the wasm module imports ${names}, and must import nothing: see src/js/mod.rs`);
  }
}
