// nats-server, which the tests of other libraries talk to: found, or unpacked from Debian's package.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { unpackDebs } from "./debs.mjs";
import { cache } from "./paths.mjs";
import { Trouble } from "./run.mjs";
import { alone } from "./stamp.mjs";

const NAME = "nats-server";
const CURE = "install it, or set NATS_SERVER to its path";
const FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** The path of nats-server. */
export function natsServer() {
  const path = find();
  if (!path) throw new Trouble(`no ${NAME} found: run \`npm run setup\`, ${CURE}`);
  return path;
}

function find() {
  const folders = [...FOLDERS, join(cache, NAME, "usr", "sbin")];
  return process.env.NATS_SERVER ?? folders.map((it) => join(it, NAME)).find(existsSync);
}

/** Fetches it where there is none. */
export async function fetchNatsServer() {
  if (!find()) await alone("setup", async () => find() || unpackDebs(NAME, [NAME], { cure: CURE }));
}
