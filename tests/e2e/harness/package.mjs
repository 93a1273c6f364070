// The package exactly as users get it: packed by npm, unpacked again, served to the page.
//
// TAUTLINE_TARBALL names a tarball that was packed before; without it the built pkg/ is packed here.
// Tarball and unpacked package are kept below .cache under a hash of what goes in, so that the test
// files of one run, each a process of its own, pack once.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { filesBelow } from "../../../scripts/lib/stamp.mjs";
import { repository } from "./paths.mjs";

const run = promisify(execFile);
let packed;

/**
 * Returns { tarball, folder, mounts, entry }: the tarball, where it is unpacked, what to serve where, and
 * the address of the main module. Its folder is served at /pkg, as the demo site expects it too.
 */
export function packPackage() {
  packed ??= pack();
  return packed;
}

async function pack() {
  const cache = join(repository, ".cache", "packed");
  const place = join(cache, await fingerprint());
  const tarball = join(place, "tautline.tgz");
  const folder = join(place, "package");
  if (!existsSync(place)) {
    await mkdir(cache, { recursive: true });
    const work = await mkdtemp(join(cache, "work-"));
    const made = join(work, basename(tarball));
    if (process.env.TAUTLINE_TARBALL) await copyFile(process.env.TAUTLINE_TARBALL, made);
    else await rename(await npmPack(work), made);
    await run("tar", ["-xzf", made, "-C", work]);
    await removeOlder(cache);
    try {
      await rename(work, place);
    } catch (error) {
      if (!existsSync(place)) throw error; // else another test file was first
      await rm(work, { recursive: true, force: true });
    }
  }
  const entry = mainEntry(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
  const mounts = { "/pkg": join(folder, dirname(entry)) };
  return { tarball, folder, mounts, entry: `/pkg/${basename(entry)}` };
}

async function npmPack(destination) {
  // The build is not repeated here: `npm pack` would run it (prepack) for every test run.
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", destination];
  const { stdout } = await run("npm", args, {
    cwd: repository,
    shell: process.platform === "win32",
  });
  const [{ filename }] = JSON.parse(stdout);
  return join(destination, filename);
}

async function fingerprint() {
  const hash = createHash("sha256");
  for (const path of await whatIsPacked()) hash.update(path).update(await readFile(path));
  return hash.digest("hex").slice(0, 16);
}

async function whatIsPacked() {
  if (process.env.TAUTLINE_TARBALL) return [process.env.TAUTLINE_TARBALL];
  if (!existsSync(join(repository, "pkg", "index.js"))) {
    throw new Error("pkg/index.js does not exist: build the package with `npm run build`");
  }
  const { files } = JSON.parse(await readFile(join(repository, "package.json"), "utf8"));
  const named = ["package.json", "README.md", ...files].map((name) => join(repository, name));
  return (await Promise.all(named.map(filesBelow))).flat().sort();
}

/** Another run may still be serving a package from here: only what is an hour old goes. */
async function removeOlder(cache) {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > 3_600_000) await rm(path, { recursive: true, force: true });
  }
}

function mainEntry(manifest) {
  const main = manifest.exports["."];
  const found = typeof main === "string" ? main : (main.browser ?? main.import ?? main.default);
  return typeof found === "string" ? found : found.default;
}
