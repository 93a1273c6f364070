// Does nothing twice: a step runs again only when its inputs changed or its outputs are gone.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { cache, root } from "./paths.mjs";

const LOCK_LIMIT = 600_000;

/** Runs `work` unless the last run had the same `inputs` (files, folders, values) and `outputs` exist. */
export async function step(name, { files = [], values = [], outputs = [] }, work) {
  const stamp = join(cache, "stamps", name);
  const now = await fingerprint(files, values);
  const before = await readFile(stamp, "utf8").catch(() => "");
  if (before === now && outputs.every((path) => existsSync(path))) return false;
  await rm(stamp, { force: true });
  await work();
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, now);
  return true;
}

async function fingerprint(paths, values) {
  const hash = createHash("sha256").update(JSON.stringify(values));
  const files = (await Promise.all(paths.map(filesBelow))).flat().sort();
  for (const path of files) hash.update(`\0${relative(root, path)}\0`).update(await readFile(path));
  return hash.digest("hex");
}

/** All files below a folder, or the file itself; nothing for a path that does not exist. */
export async function filesBelow(path) {
  if (!existsSync(path)) return [];
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Lets one process at a time do `work`; others wait for it. */
export async function alone(name, work) {
  const path = join(cache, `${name}.lock`);
  await mkdir(cache, { recursive: true });
  const until = Date.now() + LOCK_LIMIT;
  for (let told = false; !(await take(path)); told = true) {
    if (!told) console.log(`waiting for another ${name} (${relative(root, path)})`);
    if (Date.now() > until)
      throw new Error(`another ${name} holds ${path} for ten minutes: end it or delete the file`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function take(path) {
  try {
    const file = await open(path, "wx");
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const holder = Number(await readFile(path, "utf8").catch(() => ""));
  if (holder && !alive(holder)) await rm(path, { force: true });
  return false;
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
