// The package exactly as users get it: packed by npm, unpacked again, served to the page.
//
// TAUTLINE_TARBALL names a tarball that was packed before; without it the built pkg/ is packed here.
// The unpacked package is kept below .cache under a hash of its contents, so that the test files of
// one run, each a process of its own, pack once.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { repository } from "./paths.mjs";

const run = promisify(execFile);
let packed;

/**
 * Returns { mounts, entry }: what to serve where, and the address of the main module.
 * The folder of the main module is served at /pkg, as the demo site expects it too.
 */
export function packPackage() {
  packed ??= pack();
  return packed;
}

async function pack() {
  const cache = join(repository, ".cache", "e2e-package");
  const folder = join(cache, await fingerprint());
  if (!existsSync(folder)) {
    await mkdir(cache, { recursive: true });
    const work = await mkdtemp(join(cache, "work-"));
    const tarball = process.env.TAUTLINE_TARBALL ?? (await npmPack(work));
    await run("tar", ["-xzf", tarball, "-C", work]);
    await removeOlder(cache);
    try {
      await rename(join(work, "package"), folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // else another test file was first
    }
    await rm(work, { recursive: true, force: true });
  }
  const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const entry = mainEntry(manifest);
  return { mounts: { "/pkg": join(folder, dirname(entry)) }, entry: `/pkg/${basename(entry)}` };
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
  if (process.env.TAUTLINE_TARBALL) {
    hash.update(await readFile(process.env.TAUTLINE_TARBALL));
  } else {
    const built = join(repository, "pkg");
    if (!existsSync(join(built, "index.js"))) {
      throw new Error("pkg/index.js does not exist: build the package with `npm run build`");
    }
    hash.update(await readFile(join(repository, "package.json")));
    const entries = await readdir(built, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    for (const path of files.map((file) => join(file.parentPath ?? file.path, file.name)).sort()) {
      hash.update(path).update(await readFile(path));
    }
  }
  return hash.digest("hex").slice(0, 16);
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
