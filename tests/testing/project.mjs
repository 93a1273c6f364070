// A project of a user's: the packed package installed by npm, the runners, and the code of the guide.
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import { at } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { packPackage } from "../e2e/harness/package.mjs";

const GUIDE = at("docs", "guides", "testing.md");
const LIMIT = 120_000;
const RUNNERS = ["vitest", "jest", "@jest", "jest-environment-jsdom", "jsdom", "happy-dom"];

const here = (...parts) => join(dirname(fileURLToPath(import.meta.url)), ...parts);

export async function makeProject() {
  const { tarball } = await packPackage();
  const folder = await realpath(await mkdtemp(join(tmpdir(), "tautline-testing-")));
  const project = new Project(folder);
  try {
    await cp(here("project"), folder, { recursive: true });
    const quiet = ["--offline", "--no-audit", "--no-fund", "--loglevel=error"];
    await run("npm", ["install", ...quiet, tarball], { cwd: folder, limit: LIMIT });
    for (const name of RUNNERS) await project.link(name, here("node_modules", name));
    await project.link("@types/node", at("node_modules", "@types", "node"));
    for (const [name, code] of await recipes()) await writeFile(project.path(name), code);
    await project.makeJavaScript();
    return project;
  } catch (error) {
    await project.remove();
    throw error;
  }
}

/** The files of the guide: every block of code is one, and says its name. */
export async function recipes() {
  const text = await readFile(GUIDE, "utf8");
  const blocks = Array.from(text.matchAll(/^```(\S+)([^\n]*)\n(.*?)^```$/gms));
  return blocks.map(([, language, info, code]) => {
    const [, name] = / file=(\S+)/.exec(info) ?? [];
    if (language !== "ts" || !name) throw new Error(`a block that no test runs:\n${code}`);
    return [name, code];
  });
}

class Project {
  constructor(folder) {
    this.folder = folder;
  }

  path(...parts) {
    return join(this.folder, ...parts);
  }

  async link(name, target) {
    const place = this.path("node_modules", name);
    await mkdir(dirname(place), { recursive: true });
    await symlink(target, place, "junction");
  }

  /** For Jest, which has no TypeScript by itself, and for Node 20. */
  async makeJavaScript() {
    await mkdir(this.path("jest", "failing"), { recursive: true });
    for (const folder of [".", "failing"]) {
      const names = (await readdir(this.path(folder))).filter((name) => name.endsWith(".ts"));
      for (const name of names) {
        const source = await readFile(this.path(folder, name), "utf8");
        const { code } = await transform(source, { loader: "ts", format: "esm", target: "node20" });
        // `vi` of Vitest and `jest` of Jest have the same members.
        const own = code
          .replace(/from "vitest"/g, 'from "@jest/globals"')
          .replace(/import \{([^}]*)\bvi\b/, "import {$1jest as vi");
        await writeFile(this.path("jest", folder, name.replace(/ts$/, "js")), own);
      }
    }
  }

  /** Runs a program of Node here; resolves with its code and what it printed. */
  node(...args) {
    const env = { NODE_OPTIONS: undefined, NODE_TEST_CONTEXT: undefined, NO_COLOR: "1", CI: "1" };
    return run(process.execPath, args, { cwd: this.folder, env, limit: LIMIT, check: false });
  }

  vitest(...args) {
    return this.node(this.path("node_modules", "vitest", "vitest.mjs"), "run", ...args);
  }

  jest(...args) {
    const program = this.path("node_modules", "jest", "bin", "jest.js");
    return this.node("--experimental-vm-modules", program, "--watchman=false", ...args);
  }

  remove() {
    return rm(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
