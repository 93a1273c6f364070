// The example of shared types: its server, and its two pages as one site.
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { bind, buildTodoServer, cargo, rustcVersion, WASM } from "./cargo.mjs";
import { at, target } from "./paths.mjs";
import { alone, step } from "./stamp.mjs";

const example = (...parts) => at("examples", "shared-types", ...parts);

/** The pages of the example: index.html, leptos/ and typescript/. */
export const sharedTypesSite = join(target, "shared-types");

const exe = process.platform === "win32" ? ".exe" : "";
export const todoServer = join(target, "debug", `todo-server${exe}`);

/** The class with its declarations: what a page in TypeScript imports. */
export const todoClient = example("typescript", "client");

// The profile `dev`: quickest to build, and the macros of the host are shared with the other tools.
export const SHARED_TYPES_BUILD = [
  ...["build", "--target", WASM, "--package", "todo-client", "--package", "todo-leptos"],
];

const PAGES = [
  ["page/index.html", "index.html"],
  ["page/style.css", "style.css"],
  ["page/leptos.html", "leptos/index.html"],
  ["typescript/index.html", "typescript/index.html"],
];

export function buildSharedTypes() {
  return alone("shared-types", async () => {
    // Cargo knows by itself what to do again.
    await buildTodoServer();
    const inputs = {
      files: [
        at("src"),
        at("macros"),
        at("adapters", "leptos"),
        ...["client", "leptos", "messages", "page"].map((part) => example(part)),
        ...["index.html", "main.ts"].map((file) => example("typescript", file)),
        at("Cargo.toml"),
        at("Cargo.lock"),
        at("xtask"),
        at("scripts", "lib", "shared-types.mjs"),
      ],
      values: [await rustcVersion()],
      outputs: [
        join(todoClient, "client.d.ts"),
        join(sharedTypesSite, "leptos", "app.js"),
        join(sharedTypesSite, "typescript", "main.js"),
      ],
    };
    return step("shared-types", inputs, async () => {
      await cargo(SHARED_TYPES_BUILD);
      await rm(sharedTypesSite, { recursive: true, force: true });
      await rm(todoClient, { recursive: true, force: true });
      const leptos = join(sharedTypesSite, "leptos");
      const typescript = join(sharedTypesSite, "typescript", "client");
      await mkdir(todoClient, { recursive: true });
      await bind("todo-leptos", { out: "app", folder: leptos, flags: ["--no-typescript"] });
      await bind("todo_client", { out: "client", folder: typescript });
      for (const file of ["client.js", "client.d.ts"])
        await copyFile(join(typescript, file), join(todoClient, file));
      for (const [from, to] of PAGES) await copyFile(example(from), join(sharedTypesSite, to));
      await compile();
    });
  });
}

/** The page in TypeScript, without its types: a browser reads the rest as it is. */
async function compile() {
  const { build } = await import("esbuild");
  await build({
    entryPoints: [example("typescript", "main.ts")],
    outfile: join(sharedTypesSite, "typescript", "main.js"),
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
}
