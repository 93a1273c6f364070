// The example chat in three frontends: compiled by one run of cargo, bound, and put beside their page.
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { bind, cargo, rustcVersion, WASM } from "./cargo.mjs";
import { at, target } from "./paths.mjs";
import { alone, step } from "./stamp.mjs";

export const appNames = ["yew", "leptos", "dioxus"];

/** A site: each app at /<name>/. */
export const appsFolder = join(target, "apps");

// The profile `dev`: quickest to build, and the macros of the host are shared with the other tools.
export const APP_BUILD = [
  ...["build", "--target", WASM, "--bins", "--examples"],
  ...appNames.flatMap((name) => ["--package", `chat-${name}`]),
];

const MADE = ["app.js", "app_bg.wasm", "index.html"];
const page = (file) => at("examples", "chat", "page", file);

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
      outputs: [
        join(appsFolder, "index.html"),
        ...appNames.flatMap((name) => MADE.map((file) => join(appsFolder, name, file))),
      ],
    };
    return step("apps", inputs, async () => {
      await cargo(APP_BUILD);
      await rm(appsFolder, { recursive: true, force: true });
      for (const name of appNames) await bindApp(name);
      await copyFile(page("style.css"), join(appsFolder, "style.css"));
      await copyFile(page("index.html"), join(appsFolder, "index.html"));
    });
  });
}

async function bindApp(name) {
  const folder = join(appsFolder, name);
  await bind(`chat-${name}`, { out: "app", folder, flags: ["--no-typescript"] });
  await copyFile(page("app.html"), join(folder, "index.html"));
}
