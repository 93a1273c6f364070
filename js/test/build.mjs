// Bundles the facade's tests and runs them, without the rest of `npm test`:
//
//   node js/test/build.mjs [name …]      such as options.test.ts or jsonrpc/calls.test.ts; default all
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleTests } from "./bundle.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const out = join(here, "../../.cache/js-test-alone");
const asked = process.argv.slice(2);
const names =
  asked.length > 0
    ? asked
    : readdirSync(here, { recursive: true }).filter((name) => name.endsWith(".test.ts"));

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
await bundleTests(
  names.map((name) => join(here, name)),
  out,
);
const files = names.map((name) => join(out, name.replace(/ts$/, "mjs")));
const { status } = spawnSync(process.execPath, ["--enable-source-maps", "--test", ...files], {
  stdio: "inherit",
  timeout: 120_000,
});
process.exitCode = status ?? 1;
