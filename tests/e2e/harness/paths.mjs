// Where things lie in the repository, and which programs the tests run.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = resolve(fileURLToPath(new URL("../../..", import.meta.url)));
export const e2e = join(repository, "tests", "e2e");
export const pages = join(e2e, "pages");
export const artifacts = join(e2e, "artifacts");
export const site = join(repository, "www");

const exe = process.platform === "win32" ? ".exe" : "";

/** The test server: TAUTLINE_SERVER, else the debug build of this repository. */
export function serverBinary() {
  const target = process.env.CARGO_TARGET_DIR ?? join(repository, "target");
  const path = process.env.TAUTLINE_SERVER ?? join(target, "debug", `tautline-server${exe}`);
  return existing(path, "build it with `cargo build -p tautline-server`");
}

/** Chromium: CHROMIUM, else the usual places. */
export function chromiumBinary() {
  return program("CHROMIUM", [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ]);
}

/** Firefox: FIREFOX, else the usual places. */
export function firefoxBinary() {
  return program("FIREFOX", [
    "/usr/bin/firefox-esr",
    "/usr/bin/firefox",
    "/Applications/Firefox.app/Contents/MacOS/firefox",
  ]);
}

function program(variable, places) {
  const path = process.env[variable] ?? places.find(existsSync);
  if (!path) {
    throw new Error(`no ${variable.toLowerCase()} found: run \`npm run setup\` or set ${variable}`);
  }
  return existing(path, `install it or set ${variable} to its path`);
}

function existing(path, cure) {
  if (!existsSync(path)) throw new Error(`${path} does not exist: ${cure}`);
  return path;
}
