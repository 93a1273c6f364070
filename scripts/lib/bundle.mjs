// From js/ to pkg/: a minified ES module with its source map for each entry, and declarations people can read. esbuild
// bundles, and terser, which knows more tricks, makes it small.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { encode } from "./encode.mjs";
import { entries, modulesOf, SHARED, wasmBuild, wasmCopy } from "./entries.mjs";
import { at, cache, generated, pkg, script } from "./paths.mjs";
import { run } from "./run.mjs";
import { filesBelow, step } from "./stamp.mjs";
import { wasmModules } from "./wasm.mjs";

const TARGET = "es2022";
/** Of a function of the module. */
const MOST_PARAMETERS = 8;
/**
 * Members that nobody outside sees, of objects that never leave their bundle: they get short names. None of them may be a
 * member of anything public, of the browser's, or of the module's exports; the declarations are searched for them.
 */
const INTERNAL = [
  ...["acknowledged", "awaits", "changed", "checked", "closure", "codecOf"],
  ...["confirmed", "core", "engine", "enter", "fail", "failure", "fire", "firing"],
  ...["full", "handed", "hear", "holds", "isDisposed", "isJudged", "lastError", "leaving"],
  ...["link", "lose", "numbers", "outbox", "protocolNotSelected", "published"],
  ...["quiet", "receives", "redirected", "refer", "renewal", "renewals", "renewed"],
  ...["repeats", "routes", "rules", "sends", "settings", "streams", "tenants", "tickets"],
  ...["trapped"],
];

export async function buildBundle() {
  const all = await entries();
  const inputs = {
    files: [
      at("js"),
      at("package.json"),
      at("package-lock.json"),
      at("tsconfig.json"),
      at("tsconfig.build.json"),
      at("scripts", "lib", "bundle.mjs"),
      at("scripts", "lib", "entries.mjs"),
      at("scripts", "lib", "encode.mjs"),
      at("scripts", "lib", "wasm-code.mjs"),
      ...(await wasmModules()).map(({ file }) => file),
    ],
    outputs: [
      `${SHARED.name}.js`,
      ...all.flatMap(({ name }) => [".js", ".js.map", ".d.ts"].map((end) => `${name}${end}`)),
    ].map((name) => join(pkg, name)),
  };
  return step("bundle", inputs, async () => {
    const made = join(cache, "pkg");
    await rm(made, { recursive: true, force: true });
    await mkdir(made, { recursive: true });
    await Promise.all((await wasmModules()).map(keepsExports));
    await keepsCodes();
    const bundles = [...all, SHARED].map((entry) => bundle(entry, made));
    await Promise.all([...bundles, declarations(all, made), wasmCopy(made)]);
    await replaceFolder(made, pkg);
  });
}

/** A member that the module has, too, must keep its name there; and js/transport/module.ts hands on so many values. */
async function keepsExports({ file }) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(await readFile(file)));
  const taken = Object.keys(exports).filter((name) => INTERNAL.includes(name));
  if (taken.length > 0) throw new Error(`bundle.mjs takes exports for internal: ${taken}`);
  const long = Object.keys(exports).filter((name) => exports[name].length > MOST_PARAMETERS);
  if (long.length > 0)
    throw new Error(`${long} would lose what is beyond ${MOST_PARAMETERS} parameters`);
}

/** Nor may a code of an error be one: its text would not be found. */
async function keepsCodes() {
  const text = await readFile(at("js", "errors.ts"), "utf8");
  const taken = INTERNAL.filter((name) => text.includes(`| "${name}"`));
  if (taken.length > 0) throw new Error(`bundle.mjs takes codes of errors for internal: ${taken}`);
}

async function bundle(entry, out) {
  const { version } = JSON.parse(await readFile(at("package.json"), "utf8"));
  const { build } = await import("esbuild");
  const outfile = join(out, `${entry.name}.js`);
  const { outputFiles } = await build({
    entryPoints: [entry.source],
    outfile,
    write: false,
    bundle: true,
    format: "esm",
    target: TARGET,
    define: { WASM_BUILD: JSON.stringify(await wasmBuild()) },
    minify: true,
    mangleProps: new RegExp(`^(${INTERNAL.join("|")})$`),
    sourcemap: "external",
    sourcesContent: true,
    legalComments: "none",
    logLevel: "warning",
    plugins: [await modulesOf(entry), moduleApart],
  });
  const [map, script] = outputFiles.map(({ text }) => text);
  // A header and a map would be a tenth of that small file.
  const isAlone = entry !== SHARED;
  const preamble = [
    ...(isAlone ? [`/*! tautline ${version} | MIT OR Apache-2.0 */`] : []),
    ...(await moduleOf(entry)),
  ].join("\n");
  const small = await shrink(script, {
    preamble,
    map: isAlone && { content: map, includeSources: true, url: `${basename(outfile)}.map` },
  });
  await mkdir(dirname(outfile), { recursive: true });
  await writeFile(outfile, `${small.code}\n`);
  if (!isAlone) return;
  const found = finishMap(JSON.parse(small.map), dirname(outfile), join(pkg, dirname(entry.name)));
  await writeFile(`${outfile}.map`, JSON.stringify(found));
}

/**
 * Makes what esbuild has written smaller still. No code of ours minds what these options take for granted; it would mind
 * `unsafe_arrows`, which makes an arrow of the class in js/websocket/with.ts.
 */
export async function shrink(code, { preamble, map = false } = {}) {
  const { minify } = await import("terser");
  return minify(code, {
    module: true,
    ecma: 2022,
    compress: {
      // "use client" is what frameworks of React look for.
      directives: false,
      passes: 4,
      keep_fargs: false,
      pure_getters: true,
      unsafe_methods: true,
    },
    // Node prints the line that threw: one of 45,000 characters would hide the message.
    format: { ascii_only: true, max_line_len: 2_000, preamble },
    sourceMap: map,
  });
}

/** The module's text stays out of what is minified, to stand in a line of its own, in which nothing throws. */
const moduleApart = {
  name: "module-apart",
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]js[\\/]generated[\\/]/ }, () => ({
      contents: "export const wasmText = WASM_TEXT;",
    })),
};

/** That line, if the entry has an engine. */
async function moduleOf({ name }) {
  const engine = (await wasmModules()).find(({ entry }) => entry === name);
  if (!engine) return [];
  return [`const WASM_TEXT=${JSON.stringify(encode(await readFile(engine.file)))};`];
}

/**
 * Names the sources from where the map ends up. The module's bytes stand in the bundle already, and nobody
 * wants to read them in the map again; without any text for them, Vite looks for a file and warns.
 */
function finishMap(map, from, place) {
  map.sourcesContent = map.sourcesContent.map((text, i) =>
    basename(dirname(map.sources[i])) === "generated"
      ? "// The bytes of the module: see the bundle.\n"
      : text,
  );
  map.sources = map.sources.map((source) => {
    const found = source.endsWith(`${SHARED.name}:${SHARED.name}`)
      ? SHARED.source
      : join(from, source);
    return relative(place, found).replaceAll("\\", "/");
  });
  return map;
}

/** Declarations of what the entries reach, one file per source, and nothing of the engine's inside. */
async function declarations(all, out) {
  const types = join(cache, "types");
  await rm(types, { recursive: true, force: true });
  await run(process.execPath, [
    script("typescript", "tsc"),
    "--project",
    at("tsconfig.build.json"),
  ]);
  const seen = new Set();
  const visit = async (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const from = join(types, `${name}.d.ts`);
    const text = await readFile(from, "utf8").catch(() => {
      throw new Error(
        `the public types need ${relative(at(), join(generated, ".."))}/${name}, which has no declarations of its own: keep it out of the exported types`,
      );
    });
    const [, shown] =
      new RegExp(`^\\s*(?:readonly )?(${INTERNAL.join("|")})\\??[:(<]`, "m").exec(text) ?? [];
    if (shown) throw new Error(`${name}.d.ts shows ${shown}, which bundle.mjs takes for internal`);
    const plain = text.replace(
      /(from\s+|import\s*\(?\s*)(["'])(\.{1,2}\/[^"']+?)\.(?:ts|js)\2/g,
      "$1$2$3.js$2",
    );
    const to = join(out, `${name}.d.ts`);
    await mkdir(dirname(to), { recursive: true });
    await writeFile(to, plain);
    const next = Array.from(plain.matchAll(/["'](\.{1,2}\/[^"']+)\.js["']/g), ([, path]) =>
      join(dirname(name), path),
    );
    for (const path of next) await visit(path);
  };
  for (const { name } of all) await visit(name);
}

/** File by file, so that a server or a test that reads meanwhile finds each of them whole. */
async function replaceFolder(from, to) {
  const wanted = (await filesBelow(from)).map((path) => relative(from, path));
  const present = (await filesBelow(to)).map((path) => relative(to, path));
  for (const path of wanted) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await rename(join(from, path), join(to, path));
  }
  for (const path of present) if (!wanted.includes(path)) await rm(join(to, path));
}
