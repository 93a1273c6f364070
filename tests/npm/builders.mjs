// What builders/ installs: bundlers, frameworks and runtimes, which the consumers use.
import { existsSync, readFileSync } from "node:fs";
import { copyFile, link, mkdir, readdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = fileURLToPath(new URL("builders/", import.meta.url));
const modules = join(folder, "node_modules");

/** The script of a program that comes with a package; Node runs it. */
export function builder(name, program = name) {
  const { bin } = JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8"));
  return join(modules, name, typeof bin === "string" ? bin : bin[program]);
}

/** The binary of a runtime; undefined where there is none for this machine. */
export function runtime(...parts) {
  const path = join(modules, ...parts);
  return existsSync(path) ? path : undefined;
}

/**
 * Installs packages and all that they depend on in the project at `root`, without npm and without a download. They are
 * linked file by file: Turbopack follows no symbolic link that leaves the project.
 */
export async function install(names, root) {
  const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
  const wanted = new Set();
  const want = (name) => {
    const place = `node_modules/${name}`;
    if (wanted.has(name) || !existsSync(join(folder, place))) return; // for another platform
    wanted.add(name);
    const { dependencies = {}, optionalDependencies = {} } = packages[place];
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) want(next);
  };
  for (const name of names) want(name);
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
