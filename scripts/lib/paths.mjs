// Where things lie. Everything generated is below .cache/, js/generated/, pkg/ and target/.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(fileURLToPath(new URL("../..", import.meta.url)));
export const at = (...parts) => join(root, ...parts);

export const cache = at(".cache");
export const generated = at("js", "generated");
export const pkg = at("pkg");
/** Cargo's build directory for tools, tests and the server. */
export const target = process.env.CARGO_TARGET_DIR ?? at("target");
/** One of its own for the package's wasm: its compiler settings would rebuild everything else. */
export const wasmTarget = join(target, "package");

const exe = process.platform === "win32" ? ".exe" : "";
export const serverBinary = join(target, "debug", `tautline-server${exe}`);
/** A JSON-RPC server that others have written: see tests/protocols. */
export const jsonrpseeBinary = join(target, "debug", `jsonrpsee-peer${exe}`);
export const xtaskBinary = join(target, "debug", `xtask${exe}`);

/** The script of a program that comes with a package in node_modules; Node runs it. */
export function script(name, program = name) {
  const folder = at("node_modules", name);
  const { bin } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return join(folder, typeof bin === "string" ? bin : bin[program]);
}
