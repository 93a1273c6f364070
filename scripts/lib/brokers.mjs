// Mosquitto and RabbitMQ, which the tests of the subprotocols talk to: found, or unpacked from Debian's packages.
import { existsSync, readdirSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { unpackDebs } from "./debs.mjs";
import { cache } from "./paths.mjs";
import { Trouble } from "./run.mjs";
import { alone } from "./stamp.mjs";

const CURE =
  "install mosquitto and rabbitmq-server, or set MOSQUITTO and RABBITMQ_SERVER to their paths";
const FOLDER = "brokers";
const unpacked = join(cache, FOLDER);
const FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];

const PROGRAMS = {
  mosquitto: { variable: "MOSQUITTO", places: FOLDERS.map((it) => join(it, "mosquitto")) },
  // Not Debian's /usr/sbin/rabbitmq-server, which changes to another user and to /var.
  "rabbitmq-server": {
    variable: "RABBITMQ_SERVER",
    places: [
      "/usr/lib/rabbitmq/bin/rabbitmq-server",
      "/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server",
    ],
  },
};

/** The path of a broker, and the environment in which it runs: { path, env }. */
export function broker(name) {
  const own = find(name);
  if (own) return { path: own, env: {} };
  const path = findUnpacked(name);
  if (!path) throw new Trouble(`no ${name} found: run \`npm run setup\`, ${CURE}`);
  return { path, env: environment() };
}

/** epmd, the name server that Erlang nodes need; it comes with Erlang. */
export function epmd() {
  const folders = [...FOLDERS, join(unpacked, "usr", "lib", "erlang", "bin")];
  const path = folders.map((it) => join(it, "epmd")).find(existsSync);
  if (!path) throw new Trouble(`no epmd found, a part of Erlang: run \`npm run setup\`, ${CURE}`);
  return path;
}

function find(name) {
  const { variable, places } = PROGRAMS[name];
  return process.env[variable] ?? places.find(existsSync);
}

function findUnpacked(name) {
  const places = [join("lib", "rabbitmq", "bin"), "sbin"];
  return places.map((it) => join(unpacked, "usr", it, name)).find(existsSync);
}

/** Libraries and Erlang of the unpacked packages, where they are not the machine's. */
function environment() {
  const lib = join(unpacked, "usr", "lib");
  const libraries = readdirSync(lib).filter((it) => it.endsWith("-linux-gnu"));
  const paths = [...libraries.map((it) => join(lib, it)), process.env.LD_LIBRARY_PATH];
  return {
    LD_LIBRARY_PATH: paths.filter(Boolean).join(":"),
    PATH: `${join(lib, "erlang", "bin")}:${process.env.PATH}`,
  };
}

/** Fetches the brokers that are missing. */
export async function fetchBrokers() {
  const lacking = () => Object.keys(PROGRAMS).filter((name) => !find(name));
  const done = () => lacking().every(findUnpacked);
  if (done()) return;
  await alone("setup", async () => {
    if (done()) return;
    await unpackDebs(FOLDER, lacking(), { dependencies: true, cure: CURE });
    await moveErlang();
  });
}

/** Erlang's start script has the folder it was built for in it: one of our own says where it is. */
async function moveErlang() {
  const root = join(unpacked, "usr", "lib", "erlang");
  if (!existsSync(root)) return;
  const runtime = readdirSync(root).find((it) => it.startsWith("erts-"));
  const script = [
    "#!/bin/sh",
    `export ROOTDIR='${root}' BINDIR='${join(root, runtime, "bin")}' EMU=beam PROGNAME=erl`,
    'exec "$BINDIR/erlexec" "$@"',
    "",
  ].join("\n");
  const path = join(root, "bin", "erl");
  await writeFile(path, script);
  await chmod(path, 0o755);
}
