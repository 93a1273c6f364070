// nats-server, which the tests of other libraries talk to: found, or unpacked from Debian's package without installing it,
// so that no service starts on the machine.
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { cache } from "./paths.mjs";
import { run, Trouble } from "./run.mjs";
import { alone } from "./stamp.mjs";

const NAME = "nats-server";
const CURE = "install it, or set NATS_SERVER to its path";
const FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];
const unpacked = join(cache, NAME);

/** The path of nats-server. */
export function natsServer() {
  const path = find();
  if (!path) throw new Trouble(`no ${NAME} found: run \`npm run setup\`, ${CURE}`);
  return path;
}

function find() {
  const folders = [...FOLDERS, join(unpacked, "usr", "sbin")];
  return process.env.NATS_SERVER ?? folders.map((it) => join(it, NAME)).find(existsSync);
}

/** Fetches it where there is none. */
export async function fetchNatsServer() {
  if (!find()) await alone("setup", async () => find() || fetch());
}

async function fetch() {
  const { missing } = await run("apt-get", ["--version"], { check: false });
  if (missing) throw new Trouble(`${NAME} is missing and there is no apt-get here: ${CURE}`);
  console.log(`setup: fetching ${NAME} (apt-get download ${NAME})`);
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "nats-"));
  try {
    if (process.getuid?.() === 0) await run("apt-get", ["update", "-q"], { limit: 900_000 });
    await run("apt-get", ["download", "-q", NAME], { cwd: work, limit: 300_000 });
    const [archive] = await readdir(work);
    await run("dpkg-deb", ["--extract", archive, NAME], { cwd: work });
    await rename(join(work, NAME), unpacked);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
