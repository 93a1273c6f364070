// The wasm module of the npm package: compiled without any import, then made small.
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { buildEngine, rustcVersion, wasmRecipe } from "./cargo.mjs";
import { at, cache, script } from "./paths.mjs";
import { run } from "./run.mjs";
import { step } from "./stamp.mjs";

/** What this step leaves. */
export const wasmFile = join(cache, "wasm", "engine.wasm");

const OPTIMIZE = [
  ...["-Oz", "--converge"],
  // Once more on simpler code. No address of ours lies in the first KiB: there is the far end of the stack.
  ...["--low-memory-unused", "--flatten", "--local-cse", "--rereloop", "-Oz", "-Oz"],
  "--reorder-locals",
];
const STRIP = ["--strip-debug", "--strip-producers", "--strip-target-features"];

export async function buildWasm() {
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
    outputs: [wasmFile],
  };
  return step("wasm", inputs, async () => {
    const compiled = await buildEngine(recipe);
    console.log(`wasm-opt ${OPTIMIZE.join(" ")}`);
    await mkdir(join(cache, "wasm"), { recursive: true });
    const optimizer = script("binaryen", "wasm-opt");
    await run(process.execPath, [optimizer, ...OPTIMIZE, ...STRIP, compiled, "-o", wasmFile]);
    await importsNothing();
  });
}

/** An import would need glue: something has come in that belongs in the shell. */
async function importsNothing() {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(await readFile(wasmFile)));
  if (imports.length > 0) {
    const names = imports.map(({ module, name }) => `${module}.${name}`).join(", ");
    throw new Error(`the wasm module imports ${names}, and must import nothing: see src/js/mod.rs`);
  }
}
