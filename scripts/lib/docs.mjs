// The documentation site: docs/*.md and a reference made of the package's types, as files that any server can serve.
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join, posix } from "node:path";
import { entries } from "./entries.mjs";
import { at, cache } from "./paths.mjs";
import { run } from "./run.mjs";
import { alone, filesBelow, step } from "./stamp.mjs";

const docs = at("docs");
const site = join(docs, "site");
/** The reference is a folder of docs/ like the others, but made here. */
const reference = join(docs, "api");
/** To be served at /docs. */
export const docsSite = join(cache, "docs", "site");

/** Builds what changed; true if that was anything. */
export function buildDocs() {
  return alone("docs", async () => {
    const api = await buildReference();
    const inputs = {
      files: [...(await pages()), ...(await machinery()), at("www", "icon.svg")],
      outputs: [join(docsSite, "index.html")],
    };
    const built = await step("docs", inputs, buildSite);
    return api || built;
  });
}

async function buildReference() {
  const all = await entries();
  const inputs = {
    files: [
      ...(await filesBelow(at("js"))).filter((path) => path.endsWith(".ts")),
      at("package.json"),
      at("tsconfig.json"),
      ...(await machinery()),
    ],
    outputs: [join(reference, "entries.json")],
  };
  return step("reference", inputs, async () => {
    const made = join(cache, "docs", "api");
    await rm(made, { recursive: true, force: true });
    await mkdir(made, { recursive: true });
    const named = all.map(({ path, source }) => ({ name: posix.join("tautline", path), source }));
    await node([join(site, "api.mjs"), made, JSON.stringify(named)]);
    await rm(reference, { recursive: true, force: true });
    await rename(made, reference);
  });
}

async function buildSite() {
  const made = join(cache, "docs", "made");
  await rm(made, { recursive: true, force: true });
  await node([
    join(site, "node_modules", "vitepress", "bin", "vitepress.js"),
    ...["build", site],
    ...["--outDir", made],
  ]);
  await rm(docsSite, { recursive: true, force: true });
  await rename(made, docsSite);
}

/** The pages: what is below docs/ and not the site's own. */
async function pages() {
  const names = await readdir(docs);
  const parts = names.filter((name) => name !== "site").map((name) => join(docs, name));
  return (await Promise.all(parts.map(filesBelow))).flat();
}

/** What makes the site out of them. */
async function machinery() {
  const own = await filesBelow(join(site, ".vitepress"));
  return [
    ...own,
    join(site, "api.mjs"),
    join(site, "package-lock.json"),
    at("scripts", "lib", "docs.mjs"),
  ];
}

const node = (args) => run(process.execPath, args, { limit: 300_000 });
