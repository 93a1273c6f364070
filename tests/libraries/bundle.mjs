// The page: every library with its driver and the class of the packed tarball, bundled by esbuild. The class and its
// engine come out as a file of their own, so that a timer tells by its stack whose it is.
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { packPackage } from "../e2e/harness/package.mjs";
import { exampleModule, readGuide } from "./guide.mjs";
import { libraries } from "./libraries.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));

/** Returns { folder, remove() }: what to serve. */
export async function bundlePage() {
  const folder = await mkdtemp(join(tmpdir(), "tautline-libraries-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const packages = join(folder, "node_modules");
    await mkdir(packages);
    await symlink((await packPackage()).folder, join(packages, "tautline"), "junction");
    const { metafile } = await build({
      entryPoints: ["page", "class"].map((name) => join(here, "page", `${name}.js`)),
      outdir: folder,
      chunkNames: "tautline-[hash]",
      bundle: true,
      splitting: true,
      format: "esm",
      target: "es2022",
      metafile: true,
      nodePaths: [packages],
      plugins: [virtual((await readGuide()).examples)],
      logLevel: "warning",
    });
    mayTellApart(metafile);
    await copyFile(join(here, "page", "ledger.js"), join(folder, "ledger.js"));
    await writeFile(
      join(folder, "index.html"),
      `<!doctype html><title>libraries</title><link rel="icon" href="data:,"><script src="ledger.js"></script>
      <script type="module" src="page.js"></script>`,
    );
    return { folder, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The package is in files of its own, tautline-*.js, and nothing else is there. */
function mayTellApart({ outputs }) {
  for (const [path, { inputs }] of Object.entries(outputs)) {
    const isOurs = /tautline-\w+\.js$/.test(path);
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput > 0 && input.includes("/package/pkg/") !== isOurs)
        throw new Error(`${input} is in ${path}`);
    }
  }
}

/** "libraries:" has every library; "example:NAME" is the guide's example as a module. */
function virtual(examples) {
  const entries = Object.entries(libraries).map(([name, file], n) => ({ name, file, n }));
  const imports = entries.map(
    ({ name, file, n }) => `import { start as start${n} } from "example:${name}";
    import { drive as drive${n} } from "./clients/${file}.js";`,
  );
  const all = entries.map(({ name, n }) => `"${name}": { start: start${n}, drive: drive${n} },`);
  return {
    name: "virtual",
    setup(build) {
      build.onResolve({ filter: /^(libraries|example):/ }, ({ path }) => ({
        path,
        namespace: "virtual",
      }));
      build.onLoad({ filter: /./, namespace: "virtual" }, ({ path }) => ({
        contents:
          path === "libraries:"
            ? `${imports.join("\n")}\nexport const libraries = { ${all.join("\n")} };`
            : exampleModule(examples[path.slice("example:".length)]),
        loader: "ts",
        resolveDir: here,
      }));
    },
  };
}
