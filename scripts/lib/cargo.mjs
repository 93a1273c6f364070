// Cargo, with its progress on the terminal and clear words when it is missing.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { target, wasmTarget, xtaskBinary } from "./paths.mjs";
import { run, Trouble } from "./run.mjs";

export const WASM = "wasm32-unknown-unknown";

export const cargo = (args, options = {}) => run("cargo", args, { echo: "all", ...options });

/** The compiler's version, host and so on, as `rustc -vV` tells. */
export async function rustcVersion() {
  const { output } = await run("rustc", ["-vV"]);
  return output;
}

/**
 * What is built for this machine, as one choice of packages: cargo unifies features over those that are chosen, and every other
 * choice would compile what they depend on once more. Pages, and what brings frameworks along, are chosen apart.
 */
export const HOST = [
  "--workspace",
  ...[
    "chat-dioxus",
    "chat-leptos",
    "chat-yew",
    "tautline-leptos",
    "tautline-yew",
    "todo-leptos",
  ].flatMap((name) => ["--exclude", name]),
];

const buildBinary = (name) => cargo(["build", ...HOST, "--bin", name]);

export async function buildServer() {
  await buildBinary("tautline-server");
}

export async function buildTodoServer() {
  await buildBinary("todo-server");
}

/** A JSON-RPC server of jsonrpsee, for the tests of protocols. */
export async function buildJsonrpsee() {
  await buildBinary("jsonrpsee-peer");
}

export async function buildXtask() {
  await buildBinary("xtask");
  return xtaskBinary;
}

/** Binds a compiled module for a page: `<out>.js` and `<out>_bg.wasm` in `folder`. `profile` is cargo's folder. */
export async function bind(name, { out, folder, profile = "debug", flags = [] }) {
  const xtask = await buildXtask();
  await mkdir(folder, { recursive: true });
  const compiled = join(target, WASM, profile, `${name}.wasm`);
  const shape = ["--target", "web", "--out-name", out, "--out-dir", folder, ...flags];
  await run(xtask, ["bindgen", ...shape, compiled]);
}

// The npm package compiles the standard library again with panics that abort at once and carry no
// text: docs/decisions/0002-wasm-size.md has the figures. Both settings are unstable, so the stable
// compiler is told to accept them. TAUTLINE_STD=shipped builds without, larger, for a tool-chain that refuses.
const REBUILT_STD = {
  flags: ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none"],
  args: ["-Zbuild-std=std,panic_abort"],
  env: { RUSTC_BOOTSTRAP: "1" },
};
const SHIPPED_STD = { flags: [], args: [], env: {} };

// The stack is taken from the first page on; rustc's default of 1 MiB is most of what a page would pay.
const STACK_BYTES = 128 * 1024;

/** How the engine is compiled, as one value: part of the build's inputs. */
export function wasmRecipe() {
  const choice = process.env.TAUTLINE_STD ?? "rebuilt";
  if (choice !== "rebuilt" && choice !== "shipped") {
    throw new Trouble(`TAUTLINE_STD is "${choice}": it takes rebuilt (default) or shipped`);
  }
  const std = choice === "rebuilt" ? REBUILT_STD : SHIPPED_STD;
  return { ...std, flags: [...std.flags, `-Clink-arg=-zstack-size=${STACK_BYTES}`] };
}

/** Compiles the library to wasm, with the exports of that feature, and returns the module's path. */
export async function buildEngine(feature, { flags, args, env }) {
  await cargo(
    [
      ...["rustc", "--package", "tautline", "--lib", "--crate-type", "cdylib"],
      ...["--profile", "wasm", "--no-default-features", "--features", feature],
      ...["--target", WASM, "--target-dir", wasmTarget],
      ...args,
    ],
    { env: { ...env, CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f"), RUSTFLAGS: undefined } },
  );
  return join(wasmTarget, WASM, "wasm", "tautline.wasm");
}
