// Projects without a configuration, built by the bundlers that people use, and opened in the browsers.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import { startServer } from "../e2e/harness/server.mjs";
import { builder } from "./builders.mjs";
import { makeConsumer } from "./consumer.mjs";
import { inBrowsers, talks } from "./pages.mjs";

const LIMIT = { timeout: 60_000 };
const BUILD_LIMIT = { timeout: 180_000 };
const MODULE = 'type="module"';

/**
 * How each is told what to build and where to, and nothing else. `complains` is about warnings: where no option
 * makes them errors, they are looked for in what is printed. Workers: webpack and Rspack find them; the others are told that
 * the worker is a file of its own, which `new URL()` then finds beside the page's.
 */
const BUNDLERS = {
  webpack: {
    // The script tag of webpack's own guide: it needs document.currentScript, which modules have not.
    tag: "defer",
    slim: ["asset"],
    run: (consumer, entry, out) =>
      consumer.node(
        ...[builder("webpack-cli"), "build", "--entry", `./src/${entry}.js`, "-o", out],
        ...["--mode", "production", "--fail-on-warnings", "--stats", "errors-warnings"],
      ),
    file: () => "main.js",
  },
  rspack: {
    tag: "defer",
    slim: ["asset"],
    run: (consumer, entry, out) =>
      consumer.node(
        ...[builder("@rspack/cli", "rspack"), "build", "--entry", `./src/${entry}.js`],
        ...["-o", out, "--mode", "production"],
      ),
    file: () => "main.js",
  },
  rollup: {
    tag: MODULE,
    slim: [],
    run: (consumer, entry, out) =>
      consumer.node(
        ...[builder("rollup"), `src/${entry}.js`, "src/worker.js", "-d", out],
        ...["-p", "@rollup/plugin-node-resolve", "--failAfterWarnings", "--silent"],
      ),
    file: (entry) => `${entry}.js`,
  },
  esbuild: {
    tag: MODULE,
    slim: ["bytes"],
    async run(consumer, entry, out) {
      const { warnings } = await build({
        absWorkingDir: consumer.folder,
        entryPoints: [`src/${entry}.js`, "src/worker.js"],
        outdir: out,
        bundle: true,
        minify: true,
        format: "esm",
        // The only setting: that the module's bytes shall be in the bundle.
        loader: entry === "slim-bytes" ? { ".wasm": "binary" } : {},
        logLevel: "silent",
      });
      return warnings.map(({ text }) => text).join("\n");
    },
    file: (entry) => `${entry}.js`,
  },
};

const SAID = ["hello from the page", "hello from the worker", "hello from the class"];
const SLIM = {
  asset: { entry: "slim-asset", said: "hello with an asset" },
  bytes: { entry: "slim-bytes", said: "hello with bytes" },
};

describe("a project without configuration", () => {
  let consumer;
  let server;
  const printed = {};

  before(async () => {
    consumer = await makeConsumer("bundler");
    for (const [name, bundler] of Object.entries(BUNDLERS)) {
      const entries = ["index", ...bundler.slim.map((kind) => SLIM[kind].entry)];
      for (const entry of entries) {
        const out = `dist/${name}/${entry}`;
        printed[out] = await bundler.run(consumer, entry, out);
        const outputs = entry === "index" ? ["page", "worker", "class"] : ["page"];
        const page = html(bundler.tag, bundler.file(entry), outputs);
        await writeFile(consumer.path(out, "index.html"), page);
      }
    }
    server = await startServer({ root: consumer.path("dist") });
  }, BUILD_LIMIT);
  after(async () => {
    await server?.stop();
    await consumer?.remove();
  }, LIMIT);

  inBrowsers((browserName, browser) => {
    for (const [name, bundler] of Object.entries(BUNDLERS)) {
      const page = (entry) => `${server.url}/${name}/${entry}/index.html`;
      it(`${name}: talks from page, worker and WebSocket class`, LIMIT, () =>
        talks(browser(), page("index"), {
          server,
          client: `${browserName}-${name}`,
          expected: SAID,
        }),
      );
      for (const kind of bundler.slim) {
        const { entry, said } = SLIM[kind];
        it(`${name}: the slim entry talks, with the module as ${kind}`, LIMIT, () =>
          talks(browser(), page(entry), {
            server,
            client: `${browserName}-${name}-${kind}`,
            expected: [said],
          }),
        );
      }
    }
  });

  it("builds without a warning", () => {
    const words = Object.entries(printed).filter(([, text]) => /warn/i.test(text));
    assert.deepEqual(words, []);
  });
});

function html(tag, file, outputs) {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>tautline in a built page</title>
    <link rel="icon" href="data:," />
    <script ${tag} src="${file}"></script>
  </head>
  <body>
    ${outputs.map((id) => `<output id="${id}"></output>`).join("\n    ")}
  </body>
</html>
`;
}
