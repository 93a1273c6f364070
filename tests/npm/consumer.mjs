// A consumer: a project of its own outside the repository, with the packed package installed by npm.
import { cp, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { at } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { packPackage } from "../e2e/harness/package.mjs";

const LIMIT = 30_000;

/**
 * Copies the project `name` of consumers/ and installs the tarball there, as a user would. `links` are
 * other packages it needs, by the package of the repository that depends on them, and `packages` those that the repository
 * itself depends on: nothing is downloaded.
 */
export async function makeConsumer(name, { links = {}, packages = [] } = {}) {
  const { tarball } = await packPackage();
  // The real path: Vite compares it with that of each file.
  const folder = await realpath(await mkdtemp(join(tmpdir(), `tautline-${name}-`)));
  const consumer = new Consumer(folder);
  try {
    await cp(fileURLToPath(new URL(`consumers/${name}`, import.meta.url)), folder, {
      recursive: true,
    });
    const quiet = ["--offline", "--no-audit", "--no-fund", "--loglevel=error"];
    await run("npm", ["install", ...quiet, tarball], { cwd: folder, limit: LIMIT });
    for (const [link, dependent] of Object.entries(links))
      await symlink(locate(link, dependent), consumer.path("node_modules", link), "junction");
    for (const link of packages)
      await symlink(at("node_modules", link), consumer.path("node_modules", link), "junction");
    return consumer;
  } catch (error) {
    await consumer.remove();
    throw error;
  }
}

function locate(name, dependent) {
  const here = createRequire(import.meta.url);
  return dirname(createRequire(here.resolve(dependent)).resolve(name));
}

class Consumer {
  constructor(folder) {
    this.folder = folder;
  }

  path(...parts) {
    return join(this.folder, ...parts);
  }

  /** What programs here run with: their own defaults, no colours, and nothing reported to anybody. */
  get env() {
    return {
      NODE_OPTIONS: undefined,
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
      CI: undefined,
      NEXT_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
      DENO_DIR: this.path(".deno"),
      DENO_NO_UPDATE_CHECK: "1",
    };
  }

  /** Runs a program of Node here; resolves with what it printed, throws that if it fails or does not end. */
  node(...args) {
    return this.run(process.execPath, args);
  }

  /** The same for a program of any kind. */
  async run(program, args, { limit = LIMIT } = {}) {
    const { output } = await run(program, args, { cwd: this.folder, env: this.env, limit });
    return output;
  }

  remove() {
    return rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
