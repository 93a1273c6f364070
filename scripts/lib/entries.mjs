// The entries of the npm package: what package.json exports, each from the module of js/ at the same place.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { textFile } from "./encode.mjs";
import { at, pkg } from "./paths.mjs";
import { wasmFile, wasmModules } from "./wasm.mjs";

const CORE = at("js", "index.ts");
/** The module's bytes: inside the entries with an engine, brought by the user in the slim one. */
const EMBEDDED = at("js", "transport", "wasm.ts");
const GIVEN = at("js", "slim", "wasm.ts");
const SLIM = "slim";
/** What exists once in a page, whatever engines it has: no entry, but a file that those with an engine import. */
export const SHARED = { name: "shared", source: at("js", "shared.ts") };
const SHARES = ["errors", "scope"].map((name) => at("js", `${name}.ts`));

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

/** The names of the entries with an engine of their own. */
export const engineEntries = async () => (await wasmModules()).map(({ entry }) => entry);

/** What it exports. */
async function sharedNames() {
  const { build } = await import("esbuild");
  const options = { bundle: true, format: "esm", metafile: true, write: false };
  const { metafile } = await build({ ...options, entryPoints: [SHARED.source] });
  return Object.values(metafile.outputs)[0].exports;
}

/**
 * What an entry is made of. The main entry and those of subprotocols are whole, but for what exists once in a page (`SHARED`).
 * So is the slim one, which shares nothing: Vite would load a page anew that finds it late. Any other is its own folder of
 * js/ and imports the main one, so that a page never carries a second engine for the same thing, and errors and
 * classes are the same everywhere.
 */
export async function modulesOf({ name, source }) {
  const isShared = name === SHARED.name;
  const isWhole = isShared || name === SLIM || (await engineEntries()).includes(name);
  const engine = (await wasmModules()).find(({ entry }) => entry === name);
  // A file right in js/ is all that its entry has.
  const folder = dirname(source);
  const own = (path) =>
    path === source || (folder !== at("js") && path.startsWith(`${folder}${sep}`));
  const outside = (to) => {
    const path = relative(dirname(join(pkg, name)), join(pkg, `${to}.js`)).replaceAll(sep, "/");
    return path.startsWith(".") ? path : `./${path}`;
  };
  return {
    name: "modules",
    setup({ onLoad, onResolve, resolve }) {
      // All through one module of the bundle's, so that it has one import, and one name for each thing.
      onLoad({ filter: /./, namespace: SHARED.name }, async () => ({
        contents: `export { ${await sharedNames()} } from ${JSON.stringify(outside(SHARED.name))};`,
      }));
      onResolve({ filter: /./ }, async (args) => {
        const { path, kind, importer, namespace, resolveDir, pluginData } = args;
        if (pluginData === "ours" || kind === "entry-point") return undefined;
        if (namespace === SHARED.name) return { path, external: true };
        if (!path.startsWith(".")) {
          return isWhole
            ? { errors: [{ text: `${relative(at(), importer)}: the engine has no dependencies` }] }
            : { path, external: true };
        }
        const found = await resolve(path, { kind, importer, resolveDir, pluginData: "ours" });
        if (found.errors.length > 0) return found;
        if (isShared) return found;
        if (name === SLIM) return found.path === EMBEDDED ? { path: GIVEN } : found;
        if (isWhole) {
          if (SHARES.includes(found.path)) return { path: SHARED.name, namespace: SHARED.name };
          return found.path === textFile("engine") ? { path: textFile(engine.name) } : found;
        }
        if (found.path === CORE) return { path: outside("index"), external: true };
        if (own(found.path)) return found;
        const text = `${relative(at(), importer)} imports ${path}: what entries share has to come from index.ts`;
        return { errors: [{ text }] };
      });
    },
  };
}
