// The entries of the npm package: what package.json exports, each from the module of js/ at the same place.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { at, pkg } from "./paths.mjs";
import { wasmFile } from "./wasm.mjs";

const CORE = at("js", "index.ts");
/** The module's bytes: inside the main entry, brought by the user in the slim one. */
const EMBEDDED = at("js", "transport", "wasm.ts");
const GIVEN = at("js", "slim", "wasm.ts");
const SLIM = "slim";

/** [{ path, name, source }]: what users import, the file in pkg/ and the file in js/, both without their endings. */
export async function entries() {
  const { exports } = JSON.parse(await readFile(at("package.json"), "utf8"));
  return Object.entries(exports)
    .map(([path, target]) => [path, /^\.\/pkg\/(.+)\.js$/.exec(target.default)?.[1]])
    .filter(([, name]) => name)
    .map(([path, name]) => ({ path, name, source: at("js", `${name}.ts`) }));
}

/** Names one build of the module: the slim entry refuses any other, as a stale cache may hold it. */
export async function wasmBuild() {
  const { version } = JSON.parse(await readFile(at("package.json"), "utf8"));
  const hash = createHash("sha256").update(await readFile(wasmFile));
  return `tautline.wasm ${version} ${hash.digest("hex").slice(0, 8)}`;
}

/** The module itself, for whoever fetches it, with its build in a section of its own. */
export async function wasmCopy(out) {
  const section = Buffer.concat([counted("tautline"), Buffer.from(await wasmBuild())]);
  const bytes = [await readFile(wasmFile), Buffer.from([0]), counted(section)];
  await writeFile(join(out, "tautline.wasm"), Buffer.concat(bytes));
}

/** Bytes behind their number, as WebAssembly counts them below 128. */
function counted(content) {
  const bytes = Buffer.from(content);
  if (bytes.length > 127) throw new Error(`${bytes.length} bytes need a longer count`);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

/**
 * What an entry is made of. The main entry and the slim one are whole; any other is its own folder of js/ and imports the
 * main one, so that a page never carries a second engine, and errors and classes are the same everywhere.
 */
export function modulesOf({ name, source }) {
  const isWhole = source === CORE || name === SLIM;
  // A file right in js/ is all that its entry has.
  const folder = dirname(source);
  const own = (path) =>
    path === source || (folder !== at("js") && path.startsWith(`${folder}${sep}`));
  return {
    name: "modules",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (pluginData === "ours" || kind === "entry-point") return undefined;
        if (!path.startsWith(".")) {
          return isWhole
            ? { errors: [{ text: `${relative(at(), importer)}: the engine has no dependencies` }] }
            : { path, external: true };
        }
        const found = await resolve(path, { kind, importer, resolveDir, pluginData: "ours" });
        if (found.errors.length > 0) return found;
        if (isWhole) return name === SLIM && found.path === EMBEDDED ? { path: GIVEN } : found;
        if (found.path === CORE) {
          const main = relative(dirname(join(pkg, name)), join(pkg, "index.js"));
          return { path: main.startsWith(".") ? main : `./${main}`, external: true };
        }
        if (own(found.path)) return found;
        const text = `${relative(at(), importer)} imports ${path}: what entries share has to come from index.ts`;
        return { errors: [{ text }] };
      });
    },
  };
}
