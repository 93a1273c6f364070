// The tarball by itself: what is in it, what its entries need, and what the linters of packages say.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join, posix } from "node:path";
import { before, describe, it } from "node:test";
import { promisify } from "node:util";
import { build } from "esbuild";
import { publint } from "publint";
import { script } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { readEntries, SHARED } from "./entries.mjs";

const MAIN = "pkg/index.js";
const SLIM = "pkg/slim.js";
const WASM = "pkg/tautline.wasm";
const WRITTEN = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"];

describe("the tarball", () => {
  let tarball;
  let manifest;
  let modules;
  let files;
  let read;

  before(async () => {
    const entries = await readEntries();
    ({ tarball, manifest, modules } = entries);
    assert.deepEqual(entries.files, ["./tautline.wasm", "./package.json"]);
    assert.ok(modules.length > 1);
    const { stdout } = await promisify(execFile)("tar", ["-tzf", tarball]);
    const paths = stdout.split(/\r?\n/).filter((path) => path && !path.endsWith("/"));
    files = paths.map((path) => path.replace(/^package\//, ""));
    read = (path) => readFile(join(entries.folder, path), "utf8");
  });

  it("holds the entries, their maps, the declarations that they reach, and nothing else", async () => {
    const declarations = new Set();
    for (const { types, peer } of modules) await reach(types, peer, read, declarations);
    const built = [SHARED, ...modules.flatMap(({ js }) => [js, `${js}.map`])];
    assert.deepEqual(files.toSorted(), [...WRITTEN, WASM, ...built, ...declarations].toSorted());
  });

  it("is named and entered as package.json says, and depends on nothing", async () => {
    const { types, default: main } = manifest.exports["."];
    assert.deepEqual([types, main], ["./pkg/index.d.ts", `./${MAIN}`]);
    assert.deepEqual([manifest.types, manifest.main], [types, main]);
    assert.equal(manifest.dependencies, undefined);
    for (const peer of Object.keys(manifest.peerDependencies))
      assert.deepEqual(manifest.peerDependenciesMeta[peer], { optional: true }, peer);
    for (const { js } of modules)
      assert.match((await read(js)).slice(0, 100), new RegExp(`tautline ${manifest.version} `), js);
  });

  it("has entries that are whole but for what they share, or import the main one and the framework they are for", async () => {
    for (const { js, isWhole, peer } of modules) {
      const contents = await read(js);
      const imports = (await importsOf(contents)).map((path) =>
        path.startsWith(".") ? posix.join(dirname(js), path) : path,
      );
      const allowed = isWhole ? [SHARED] : [MAIN, peer, peer && `${peer}/store`].filter(Boolean);
      assert.deepEqual(
        imports.filter((path) => !allowed.includes(path)),
        [],
        js,
      );
      assert.equal(imports.includes(MAIN), !isWhole, js);
      assert.equal(imports.includes(SHARED), isWhole && js !== SLIM, js);
      // None asks for a file beside it: no bundler has to find one.
      assert.doesNotMatch(contents, /import\.meta/, js);
    }
  });

  it("has source maps that name every source by its place beside pkg/ and hold its text", async () => {
    for (const { path, js, isWhole } of modules) {
      const [, named] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(await read(js));
      const map = posix.join(dirname(js), named);
      assert.equal(map, `${js}.map`);
      const { sources, sourcesContent, sourceRoot = "" } = JSON.parse(await read(map));
      assert.equal(sourceRoot, "");
      const places = sources.map((path) => posix.join(dirname(map), path));
      if (js === MAIN) assert.ok(places.includes("js/connect.ts"), js);
      assert.equal(places.includes("js/errors.ts"), js === SLIM, js);
      // What an entry has beside the main one is its own: one file, or its folder.
      const own =
        js === `${dirname(MAIN)}/${path.slice(2)}.js` ? js.slice(4, -2) : dirname(js).slice(4);
      assert.deepEqual(
        places.filter((place) => !place.startsWith(isWhole ? "js/" : `js/${own}`)),
        [],
        js,
      );
      // Vite warns of sources that are neither in the map nor on the disk.
      assert.deepEqual(
        sources.filter((_, i) => typeof sourcesContent[i] !== "string"),
        [],
        js,
      );
    }
  });

  it("has nothing that publint would improve", async () => {
    const { buffer, byteOffset, byteLength } = await readFile(tarball);
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
    const { messages } = await publint({ pack: { tarball: bytes }, strict: true });
    assert.deepEqual(messages, []);
  });

  it("has types that attw finds for every entry and every kind of resolution", async () => {
    // require() of an ES module is what this rule warns of. It works in every Node that gets updates (20.19 and
    // later): node.test.mjs does it. A second build for CommonJS would be a second engine in the same page.
    const rules = ["--ignore-rules", "cjs-resolves-to-esm"];
    const entries = ["--entrypoints", ...modules.map(({ path }) => path)];
    const attw = script("@arethetypeswrong/cli", "attw");
    const args = [attw, tarball, ...rules, "--no-color", ...entries];
    const { output } = await run(process.execPath, args, { limit: 60_000 });
    for (const { name } of modules) assert.ok(output.includes(`"${name}"`), `${name}\n${output}`);
  });
});

async function importsOf(contents) {
  const { metafile } = await build({
    stdin: { contents },
    bundle: true,
    external: ["*"],
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const [{ imports }] = Object.values(metafile.inputs);
  return imports.map(({ path }) => path);
}

/** The declarations that `path` needs, itself included; fails on any that come from elsewhere than `peer`. */
async function reach(path, peer, read, seen) {
  if (seen.has(path)) return;
  seen.add(path);
  const text = (await read(path)).replace(/\/\*.*?\*\//gs, ""); // examples import what they like
  const references = /(?:\bfrom|\bimport\(?|<reference (?:path|types)=)\s*["']([^"']+)["']/g;
  for (const [, name] of text.matchAll(references)) {
    if (peer && (name === peer || name.startsWith(`${peer}/`))) continue;
    assert.match(name, /^\.\.?\/.+\.js$/, `${path} refers to ${name}`);
    await reach(posix.join(dirname(path), name.replace(/\.js$/, ".d.ts")), peer, read, seen);
  }
}
