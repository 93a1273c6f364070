// Pages of each framework, bundled with the packed package as an application would be: installed by npm in a folder of its own.
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";
import { at } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { packPackage } from "../e2e/harness/package.mjs";

const LIMIT = 60_000;
const here = dirname(fileURLToPath(import.meta.url));
const pages = join(here, "pages");
const require = createRequire(import.meta.url);

/** The versions that are tried: the names under which package.json has them, and what their pages are made of. */
export const FRAMEWORKS = {
  "react-18": { folder: "react", alias: { react: "react-18", "react-dom": "react-dom-18" } },
  "react-19": { folder: "react", alias: { react: "react-19", "react-dom": "react-dom-19" } },
  "vue-3.3": { folder: "vue", alias: { vue: "vue-3.3" } },
  "vue-3.5": { folder: "vue", alias: { vue: "vue-3.5" } },
  "svelte-4": { folder: "svelte", alias: { svelte: "svelte-4" }, end: "-4" },
  "svelte-5": { folder: "svelte", alias: { svelte: "svelte-5" }, end: "-5" },
};

const GUIDES = {
  react: at("docs/guides/react.md"),
  vue: at("docs/guides/vue.md"),
  svelte: at("docs/guides/svelte.md"),
};
const LANGUAGES = ["ts", "tsx", "vue", "svelte"];

/** The examples of a framework's guide: [{ language, code }]. The first is the chat. */
export async function examples(guide) {
  const text = await readFile(GUIDES[guide], "utf8");
  const blocks = text.matchAll(/^```(\w+)[^\n]*\n(.*?)^```/gms);
  return Array.from(blocks, ([, language, code]) => ({ language, code })).filter(({ language }) =>
    LANGUAGES.includes(language),
  );
}

/** A folder outside the repository in which the package is installed; `site` is what is made there. */
export async function makePlace() {
  const { tarball } = await packPackage();
  const folder = await realpath(await mkdtemp(join(tmpdir(), "tautline-frameworks-")));
  const place = new Place(folder);
  try {
    await writeFile(join(folder, "package.json"), '{ "private": true }');
    const quiet = ["--offline", "--no-audit", "--no-fund", "--loglevel=error"];
    const options = { cwd: folder, limit: LIMIT };
    await run("npm", ["install", ...quiet, "--legacy-peer-deps", tarball], options);
    return place;
  } catch (error) {
    await place.remove();
    throw error;
  }
}

class Place {
  constructor(folder) {
    this.folder = folder;
    this.site = join(folder, "site");
  }

  /** The first example of the framework's guide as a page at `/<name>/`, rendered on a server and taken over by the page. */
  async chat(name) {
    const { folder, end = "" } = FRAMEWORKS[name];
    const guide = await this.#guide(name);
    const [client, server] = ["client", "server"].map((side) => sourceOf(folder, `${side}${end}`));
    const made = join(this.folder, "server", `${name}.cjs`);
    const out = join(this.site, name);
    await Promise.all([
      this.#bundle(name, client, join(out, "app.js"), { guide }),
      this.#bundle(name, server, made, { guide, onServer: true }),
    ]);
    const { output } = await run(process.execPath, [made], { cwd: this.folder, limit: LIMIT });
    const app = output.trim();
    await writeFile(join(out, "index.html"), html(`<div id="app">${app}</div>`, "app.js"));
    return app;
  }

  /** A page at `/<name>/` with everything that tests take in hand: `lab`. */
  lab(name) {
    return this.#page(name, "lab");
  }

  /** A page at `/<name>/` with the other examples of the framework's guide, in a build as users get it. */
  async examples(name) {
    await this.#page(name, "examples", { guide: await this.#guide(name), isProduction: true });
  }

  async #page(name, source, options) {
    const out = join(this.site, name);
    const from = sourceOf(FRAMEWORKS[name].folder, source);
    await this.#bundle(name, from, join(out, `${source}.js`), options);
    const kit = '<script src="/kit/kit.js"></script>';
    await writeFile(join(out, "index.html"), html('<div id="app"></div>', `${source}.js`, kit));
  }

  /** Bundles a text that imports the package for the browser, and returns the modules of which anything is left in it. */
  async modules(name, text) {
    const path = join(this.folder, "text.ts");
    await writeFile(path, text);
    const { metafile } = await this.#bundle(name, path, join(this.folder, "text.js"));
    const [{ inputs }] = Object.values(metafile.outputs);
    return Object.keys(inputs).filter((input) => inputs[input].bytesInOutput > 0);
  }

  /** Bundles a text for a server, runs it there, and returns what it printed. */
  async runOnServer(name, text) {
    const path = join(this.folder, "text.tsx");
    const made = join(this.folder, "text.cjs");
    await writeFile(path, text);
    await this.#bundle(name, path, made, { onServer: true });
    const { output } = await run(process.execPath, [made], { cwd: this.folder, limit: LIMIT });
    return output.trim();
  }

  path(...parts) {
    return join(this.folder, ...parts);
  }

  remove() {
    return rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }

  /** Writes the examples of the guide to files of their own, and returns their paths. */
  async #guide(name) {
    const folder = join(this.folder, "guides", name);
    await mkdir(folder, { recursive: true });
    const all = await examples(FRAMEWORKS[name].folder);
    return Promise.all(
      all.map(async ({ language, code }, i) => {
        const path = join(folder, `example-${i}.${language}`);
        await writeFile(path, i === 0 && name === "svelte-4" ? forSvelte4(code) : code);
        return path;
      }),
    );
  }

  #bundle(name, entry, outfile, { guide, onServer = false, isProduction = false } = {}) {
    const mode = isProduction ? "production" : "development";
    return build({
      entryPoints: [entry],
      outfile,
      absWorkingDir: here,
      bundle: true,
      metafile: true,
      format: onServer ? "cjs" : "esm",
      platform: onServer ? "node" : "browser",
      target: "es2022",
      conditions: [mode],
      jsx: "automatic",
      jsxDev: !isProduction,
      tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
      alias: FRAMEWORKS[name].alias,
      define: {
        "process.env.NODE_ENV": JSON.stringify(mode),
        __VUE_OPTIONS_API__: "true",
        __VUE_PROD_DEVTOOLS__: "false",
        __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
      },
      logLevel: "warning",
      plugins: [this.#packed(guide), components(name, onServer)],
    });
  }

  /** `tautline` and what is below it is the installed package, `guide/2` an example. */
  #packed(guide) {
    const resolveDir = this.folder;
    return {
      name: "packed",
      setup({ onResolve, resolve }) {
        onResolve({ filter: /^tautline(\/|$)/ }, ({ path, kind, pluginData }) =>
          pluginData === "packed"
            ? undefined
            : resolve(path, { kind, resolveDir, pluginData: "packed" }),
        );
        onResolve({ filter: /^guide\/\d$/ }, ({ path }) => ({ path: guide[+path.slice(6)] }));
      },
    };
  }
}

const sourceOf = (folder, name) =>
  join(pages, folder, `${name}.${folder === "react" ? "tsx" : "ts"}`);

const html = (body, script, head = "") => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>tautline</title><link rel="icon" href="data:,">${head}</head>
<body>${body}<script type="module" src="${script}"></script></body>
</html>
`;

/** What the guide says about Svelte 4. */
function forSvelte4(code) {
  const changes = [
    [/let \{ url, name \}.*= \$props\(\);/, "export let url: string;\nexport let name: string;"],
    ['let text = $state("");', 'let text = "";'],
    [/function say\(event: SubmitEvent\) \{\s*event\.preventDefault\(\);/, "function say() {"],
    ["onsubmit={say}", "on:submit|preventDefault={say}"],
  ];
  return changes.reduce((text, [from, to]) => {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`the example of the guide has no ${from}`);
    return changed;
  }, code);
}

/** Compiles .vue and .svelte files with the framework's own compiler. */
function components(name, onServer) {
  return {
    name: "components",
    setup({ onLoad }) {
      onLoad({ filter: /\.vue$/ }, async ({ path }) => {
        const compiler = require(`${name}/compiler-sfc`);
        const source = await readFile(path, "utf8");
        const { descriptor, errors } = compiler.parse(source, { filename: path });
        if (errors.length > 0) throw errors[0];
        const id = createHash("sha256").update(path).digest("hex").slice(0, 8);
        const { content } = compiler.compileScript(descriptor, { id, inlineTemplate: true });
        return { contents: content, loader: "ts", resolveDir: here };
      });
      onLoad({ filter: /\.svelte$/ }, async ({ path }) => {
        const compiler = await import(`${name}/compiler`);
        const source = await readFile(path, "utf8");
        const options = { filename: path, dev: true, css: "injected" };
        if (name === "svelte-4") {
          const { code } = await compiler.preprocess(source, { script: stripTypes });
          const generate = onServer ? "ssr" : "dom";
          const { js } = compiler.compile(code, { ...options, generate, hydratable: true });
          return { contents: js.code, loader: "js", resolveDir: here };
        }
        const { js } = compiler.compile(source, {
          ...options,
          generate: onServer ? "server" : "client",
        });
        return { contents: js.code, loader: "js", resolveDir: here };
      });
    },
  };
}

async function stripTypes({ content, attributes }) {
  if (attributes.lang !== "ts") return undefined;
  const tsconfigRaw = { compilerOptions: { verbatimModuleSyntax: true } };
  return transform(content, { loader: "ts", target: "es2022", tsconfigRaw });
}
