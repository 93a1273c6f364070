// What builders/ installs: bundlers, frameworks and runtimes, which the consumers use.
import { existsSync, readFileSync } from "node:fs";
import { copyFile, link, mkdir, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = fileURLToPath(new URL("builders/", import.meta.url));
const modules = join(folder, "node_modules");

/** The folder of a package. */
function place(name) {
  const path = join(modules, name);
  if (existsSync(path)) return path;
  throw new Error(`${path} does not exist: install what the tests need with \`npm run setup\``);
}

/** The script of a program that comes with a package; Node runs it. */
export function builder(name, program = name) {
  const { bin } = JSON.parse(readFileSync(join(place(name), "package.json"), "utf8"));
  return join(place(name), typeof bin === "string" ? bin : bin[program]);
}

/** The binary of a runtime; undefined on machines that builders/ has none for. */
export function runtime(name, ...path) {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  return join(place(name), ...path);
}

/**
 * Installs packages and all that they depend on in the project at `root`, without npm and without a download. They are
 * linked file by file: Turbopack follows no symbolic link that leaves the project.
 */
export async function install(names, root) {
  const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  const wanted = new Set();
  const want = (name) => {
    if (wanted.has(name) || !existsSync(join(modules, name))) return; // for another platform
    wanted.add(name);
    const { dependencies = {}, optionalDependencies = {} } = packages[`node_modules/${name}`];
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) want(next);
  };
  for (const name of names) {
    place(name); // fails where nothing is installed
    want(name);
  }
  const places = Array.from(wanted, (name) => [
    join(modules, name),
    join(root, "node_modules", name),
  ]);
  await Promise.all(places.map(([from, to]) => linkTree(from, to)));
}

async function linkTree(from, to) {
  await mkdir(to, { recursive: true });
  const entries = await readdir(from, { withFileTypes: true });
  await Promise.all(
    entries.map((entry) => {
      const [source, target] = [join(from, entry.name), join(to, entry.name)];
      if (entry.isDirectory()) return linkTree(source, target);
      return link(source, target).catch(() => copyFile(source, target)); // another disk
    }),
  );
}

/** The module that a package is. */
export const load = (name) =>
  import(pathToFileURL(createRequire(join(folder, "package.json")).resolve(name)).href);
