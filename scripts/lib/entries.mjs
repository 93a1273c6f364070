// The entries of the npm package: what package.json exports, each from the module of js/ at the same place.
import { copyFile, readFile } from "node:fs/promises";
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

/** The module itself, for whoever fetches it. */
export const wasmCopy = (out) => copyFile(wasmFile, join(out, "tautline.wasm"));

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
