// The tarball by itself: what is in it, that it needs nothing else, and what the linters of packages say.
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
import { packPackage } from "../e2e/harness/package.mjs";

const MAIN = "pkg/index.js";
const MAP = "pkg/index.js.map";
const TYPES = "pkg/index.d.ts";
const WRITTEN = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"];

describe("the tarball", () => {
  let tarball;
  let files;
  let read;

  before(async () => {
    const packed = await packPackage();
    tarball = packed.tarball;
    const { stdout } = await promisify(execFile)("tar", ["-tzf", tarball]);
    const paths = stdout.split(/\r?\n/).filter((path) => path && !path.endsWith("/"));
    files = paths.map((path) => path.replace(/^package\//, ""));
    read = (path) => readFile(join(packed.folder, path), "utf8");
  });

  it("holds the module, its map, the declarations that index.d.ts reaches, and nothing else", async () => {
    const declarations = await reach(TYPES, read);
    assert.deepEqual(files.toSorted(), [...WRITTEN, MAIN, MAP, ...declarations].toSorted());
  });

  it("is named and entered as package.json says", async () => {
    const manifest = JSON.parse(await read("package.json"));
    const { types, default: main } = manifest.exports["."];
    assert.deepEqual([types, main], [`./${TYPES}`, `./${MAIN}`]);
    assert.deepEqual([manifest.types, manifest.main], [types, main]);
    assert.equal(manifest.dependencies, undefined);
    assert.match((await read(MAIN)).slice(0, 100), new RegExp(`tautline ${manifest.version} `));
  });

  it("has a module that is whole: it imports nothing and asks for no file beside it", async () => {
    const contents = await read(MAIN);
    const { metafile } = await build({
      stdin: { contents },
      bundle: true,
      external: ["*"],
      metafile: true,
      write: false,
      logLevel: "silent",
    });
    const [{ imports }] = Object.values(metafile.inputs);
    assert.deepEqual(imports, []);
    assert.doesNotMatch(contents, /import\.meta/);
  });

  it("has a source map that names every source by its place beside pkg/ and holds its text", async () => {
    const [, named] = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(await read(MAIN));
    assert.equal(posix.join(dirname(MAIN), named), MAP);
    const { sources, sourcesContent, sourceRoot = "" } = JSON.parse(await read(MAP));
    assert.equal(sourceRoot, "");
    assert.ok(sources.includes("../js/connect.ts"));
    assert.deepEqual(
      sources.filter((path) => !path.startsWith("../js/")),
      [],
    );
    // Vite warns of sources that are neither in the map nor on the disk.
    assert.deepEqual(
      sources.filter((_, i) => typeof sourcesContent[i] !== "string"),
      [],
    );
  });

  it("has nothing that publint would improve", async () => {
    const { buffer, byteOffset, byteLength } = await readFile(tarball);
    const bytes = buffer.slice(byteOffset, byteOffset + byteLength);
    const { messages } = await publint({ pack: { tarball: bytes }, strict: true });
    assert.deepEqual(messages, []);
  });

  it("has types that attw finds for every kind of resolution", async () => {
    // require() of an ES module is what this rule warns of. It works in every Node that gets updates (20.19 and
    // later): node.test.mjs does it. A second build for CommonJS would be a second engine in the same page.
    const rules = ["--ignore-rules", "cjs-resolves-to-esm"];
    const attw = script("@arethetypeswrong/cli", "attw");
    await run(process.execPath, [attw, tarball, ...rules, "--no-color"], { limit: 30_000 });
  });
});

/** The declarations that `path` needs, itself included; fails on any that come from elsewhere. */
async function reach(path, read, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  const text = await read(path);
  const references = /(?:\bfrom|\bimport\(?|<reference (?:path|types)=)\s*["']([^"']+)["']/g;
  for (const [, name] of text.matchAll(references)) {
    assert.match(name, /^\.\.?\/.+\.js$/, `${path} refers to ${name}`);
    await reach(posix.join(dirname(path), name.replace(/\.js$/, ".d.ts")), read, seen);
  }
  return seen;
}
