// What an application carries for the entries that it uses: one engine, however many they are, and none without need.
//
// An engine is known by the text of its module, which stands in nothing else.
import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { plain } from "../../scripts/lib/encode.mjs";
import { load } from "./builders.mjs";
import { makeConsumer } from "./consumer.mjs";
import { readEntries } from "./entries.mjs";

/** It drives sockets that others make, so a bundler may find that it needs no engine by itself. */
const KIT = "tautline/testing";
const LIMIT = { timeout: 60_000 };

/** Each bundles the modules `entries` of the project, and resolves with the texts of what it wrote. Frameworks stay outside. */
const BUNDLERS = {
  async esbuild(folder, entries, external) {
    const { outputFiles, warnings } = await build({
      absWorkingDir: folder,
      entryPoints: entries,
      outdir: "esbuild",
      bundle: true,
      minify: true,
      splitting: true,
      format: "esm",
      external,
      write: false,
      logLevel: "silent",
    });
    assert.deepEqual(warnings, []);
    return outputFiles.map(({ text }) => text);
  },

  async rollup(folder, entries, external) {
    const { rollup } = await load("rollup");
    const { nodeResolve } = await load("@rollup/plugin-node-resolve");
    const warnings = [];
    const bundle = await rollup({
      input: entries.map((entry) => join(folder, entry)),
      plugins: [nodeResolve()],
      external: (name) => external.some((it) => name === it || name.startsWith(`${it}/`)),
      onLog: (level, { code, message }) => {
        // Rollup says so of every React library: server components need the directive.
        if (code !== "MODULE_LEVEL_DIRECTIVE" && level === "warn") warnings.push(message);
      },
    });
    const { output } = await bundle.generate({ format: "es", dir: join(folder, "rollup") });
    await bundle.close();
    assert.deepEqual(warnings, []);
    return output.filter(({ type }) => type === "chunk").map(({ code }) => code);
  },
};

describe("an application's bundle", () => {
  let consumer;
  let names;
  let sharing;
  let peers;
  let mark;

  before(async () => {
    const { folder, modules } = await readEntries();
    names = modules.map(({ name }) => name);
    sharing = modules.filter(({ isWhole }) => !isWhole).map(({ name }) => name);
    peers = modules.map(({ peer }) => peer).filter(Boolean);
    assert.ok(sharing.includes("tautline/websocket"));
    consumer = await makeConsumer("bundler");
    mark = markOf(await readFile(join(folder, "pkg", "tautline.wasm")));
  }, LIMIT);
  after(() => consumer?.remove(), LIMIT);

  /** What each bundler makes of `sources`, each a page of its own: { texts, engines }. */
  async function bundled(bundler, ...sources) {
    const files = sources.map((_, i) => `page-${i}.js`);
    await Promise.all(files.map((file, i) => writeFile(consumer.path(file), sources[i])));
    const texts = await BUNDLERS[bundler](consumer.folder, files, peers);
    const engines = texts.join("\n").split(mark).length - 1;
    return { texts, engines };
  }

  const use = (all) =>
    `${all.map((name, i) => `import * as entry${i} from ${JSON.stringify(name)};`).join("\n")}
     globalThis.used = [${all.map((_, i) => `{ ...entry${i} }`)}];\n`;

  for (const bundler of Object.keys(BUNDLERS)) {
    it(`holds one engine for all entries together (${bundler})`, LIMIT, async () => {
      const { engines } = await bundled(bundler, use(["tautline", ...sharing]));
      assert.equal(engines, 1);
    });

    it(
      `holds one engine for an entry alone, and none for the slim one (${bundler})`,
      LIMIT,
      async () => {
        for (const name of names.filter((it) => it !== KIT)) {
          const { engines } = await bundled(bundler, use([name]));
          assert.equal(engines, name === "tautline/slim" ? 0 : 1, name);
        }
      },
    );

    it(`shares one engine between pages and what they load later (${bundler})`, LIMIT, async () => {
      const lazy = sharing.map((name) => `import(${JSON.stringify(name)}).then(console.log);`);
      const { engines, texts } = await bundled(bundler, use(["tautline"]), lazy.join("\n"));
      assert.ok(texts.length > 2, `${texts.length} files`);
      assert.equal(engines, 1);
    });

    it(`holds nothing for an import that is not used (${bundler})`, LIMIT, async () => {
      const imports = names.filter((name) => !peers.includes(name.slice("tautline/".length)));
      const source = imports
        .map((name, i) => `import * as unused${i} from ${JSON.stringify(name)};`)
        .join("\n");
      const { texts } = await bundled(bundler, `${source}\nconsole.log("mine");\n`);
      assert.equal(texts.join("").replace(/\s+/g, ""), 'console.log("mine");');
    });
  }

  // Not by esbuild: to it, the declarations of a minified file are one statement, which is kept or left out as a whole.
  it("holds no engine for errors, codecs or the test kit alone (rollup)", LIMIT, async () => {
    const errors = 'export { bytes, DropError, OptionError, WasmUnavailable } from "tautline";';
    const { engines } = await bundled("rollup", errors, `export * from "${KIT}";`);
    assert.equal(engines, 0);
  });

  it(
    "is one engine in fact: entries throw the errors that the main one exports",
    LIMIT,
    async () => {
      const source = `
      export { OptionError } from "tautline";
      export { WebSocket } from "tautline/websocket";`;
      const { texts } = await bundled("esbuild", source);
      const out = consumer.path("run");
      await mkdir(out, { recursive: true });
      await writeFile(join(out, "bundle.mjs"), texts.join("\n"));
      const { OptionError, WebSocket } = await import(pathToFileURL(join(out, "bundle.mjs")).href);
      assert.throws(() => new WebSocket("ws://127.0.0.1", [], { nonsense: true }), OptionError);
    },
  );
});

/** What the text of every engine begins with, whatever it is the engine of: magic number and version of WebAssembly. */
function markOf(bytes) {
  const mark = plain(bytes.subarray(0, 8));
  assert.doesNotMatch(mark, /["'`\\]/);
  return mark;
}
