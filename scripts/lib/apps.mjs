// The example chat in three frontends: compiled by one run of cargo, bound, and put beside their page.
import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { buildXtask, cargo, rustcVersion, WASM } from "./cargo.mjs";
import { at, target } from "./paths.mjs";
import { run } from "./run.mjs";
import { alone, step } from "./stamp.mjs";

export const appNames = ["yew", "leptos", "dioxus"];

/** What to serve at /<name>/. */
export const appFolder = (name) => join(target, "apps", name);

// The profile `dev`: quickest to build, and the macros of the host are shared with the other tools.
export const APP_BUILD = [
  ...["build", "--target", WASM],
  ...appNames.flatMap((name) => ["--package", `chat-${name}`]),
];

const PAGE = ["index.html", "style.css"];

export function buildApps() {
  return alone("apps", async () => {
    const inputs = {
      files: [
        at("src"),
        at("adapters"),
        at("examples", "chat"),
        at("Cargo.toml"),
        at("Cargo.lock"),
        at("xtask"),
        at("scripts", "lib", "apps.mjs"),
      ],
      values: [await rustcVersion()],
      outputs: appNames.flatMap((name) =>
        ["app.js", "app_bg.wasm", ...PAGE].map((file) => join(appFolder(name), file)),
      ),
    };
    return step("apps", inputs, async () => {
      const xtask = await buildXtask();
      await cargo(APP_BUILD);
      await Promise.all(appNames.map((name) => bind(xtask, name)));
    });
  });
}

async function bind(xtask, name) {
  const out = appFolder(name);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const compiled = join(target, WASM, "debug", `chat-${name}.wasm`);
  const shape = ["--target", "web", "--no-typescript", "--out-name", "app", "--out-dir", out];
  await run(xtask, ["bindgen", ...shape, compiled]);
  for (const file of PAGE) await copyFile(at("examples", "chat", "page", file), join(out, file));
}
