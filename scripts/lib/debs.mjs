// Programs of Debian's packages, unpacked below .cache without installing them: no service starts, no configuration is
// written, root is not needed, and nothing is left when the folder is deleted.
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cache } from "./paths.mjs";
import { run, Trouble } from "./run.mjs";

const LIMIT = 300_000;

/**
 * Unpacks packages to .cache/<folder>. With `dependencies` those of them that this machine lacks, too. `cure`
 * completes the sentence that is said where there is no apt-get.
 */
export async function unpackDebs(folder, packages, { dependencies = false, cure }) {
  const names = packages.join(", ");
  const { missing } = await run("apt-get", ["--version"], { check: false });
  if (missing) throw new Trouble(`${names} missing, and there is no apt-get here: ${cure}`);
  console.log(`setup: fetching ${names} (apt-get download)`);
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "debs-"));
  const root = join(work, "root");
  try {
    if (process.getuid?.() === 0) await run("apt-get", ["update", "-q"], { limit: 900_000 });
    const wanted = dependencies ? await withDependencies(packages) : packages;
    const archives = join(work, "archives");
    await mkdir(archives);
    await run("apt-get", ["download", "-q", ...wanted], { cwd: archives, limit: LIMIT });
    for (const archive of await readdir(archives))
      await run("dpkg-deb", ["--extract", archive, root], { cwd: archives, limit: LIMIT });
    for (const part of ["doc", "man"])
      await rm(join(root, "usr", "share", part), { recursive: true, force: true });
    await rm(join(cache, folder), { recursive: true, force: true });
    await rename(root, join(cache, folder));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** What installing `packages` would fetch: they and all that they need and this machine has not. */
async function withDependencies(packages) {
  const { output } = await run("apt-get", [
    ...["install", "-qq", "-y", "--print-uris", "--no-install-recommends"],
    ...packages,
  ]);
  // 'http://…/mosquitto_2.0.11-1_amd64.deb' mosquitto_2.0.11-1_amd64.deb 409696 …
  return [...output.matchAll(/^'\S+' ([^_\s]+)_\S+\.deb /gm)].map(([, name]) => name);
}
