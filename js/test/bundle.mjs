// Bundles the facade's tests, file by file because Node 20 reads no TypeScript. Those of a subprotocol, which are in a folder
// of its name, get its engine.
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const ENGINES = ["mqtt", "stomp"];

/** Bundles `files` of this folder into `out`, at the same places below it. */
export async function bundleTests(files, out) {
  const folder = (file) => relative(here, file).split(/[\\/]/)[0];
  for (const engine of [undefined, ...ENGINES]) {
    const entryPoints = files.filter((file) =>
      engine ? folder(file) === engine : !ENGINES.includes(folder(file)),
    );
    if (entryPoints.length === 0) continue;
    await build({
      entryPoints,
      outdir: out,
      outbase: here,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      sourcemap: "inline",
      packages: "external",
      logLevel: "warning",
      plugins: engine ? [withEngine(engine)] : [],
    });
  }
}

const withEngine = (name) => ({
  name: "engine",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/generated\/wasm\.js$/ }, () => ({
      path: fileURLToPath(new URL(`../generated/${name}.js`, import.meta.url)),
    })),
});
