// The entries that the packed package exports.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { packPackage } from "../e2e/harness/package.mjs";

/** Whole by themselves; every other entry imports the first. */
const WHOLE = [".", "./slim", "./mqtt", "./stomp"];
/** What exists once in a page: no entry, but a file that those import, except the slim one. */
export const SHARED = "pkg/shared.js";

/**
 * { folder, tarball, manifest, modules, files }: where the package is, its package.json, the entries that are modules, and the
 * paths of those that are plain files. A module is { path, name, js, types, isWhole, peer }: as exported, as
 * imported, its files in the package, and the framework it is for, if it is for one.
 */
export async function readEntries() {
  const { folder, tarball } = await packPackage();
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const all = Object.entries(manifest.exports);
  const modules = all
    .filter(([, target]) => typeof target === "object")
    .map(([path, target]) => ({
      path,
      name: manifest.name + path.slice(1),
      js: target.default.slice(2),
      types: target.types.slice(2),
      isWhole: WHOLE.includes(path),
      peer: path.slice(2) in manifest.peerDependencies ? path.slice(2) : undefined,
    }));
  const files = all.filter(([, target]) => typeof target === "string").map(([path]) => path);
  return { folder, tarball, manifest, modules, files };
}
