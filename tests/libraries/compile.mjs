// The guide's examples under TypeScript: the libraries' own declarations take the class.
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { at, script } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { packPackage } from "../e2e/harness/package.mjs";

const OPTIONS = [
  ...["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "preserve"],
  ...["--lib", "es2023,dom,dom.iterable,esnext.disposable", "--types", ""],
  ...["--customConditions", "node"], // rpc-websockets has its declarations there
];

/** Throws what the compiler says against `examples`, { name: code }. */
export async function compile(examples) {
  const folder = await mkdtemp(join(tmpdir(), "tautline-libraries-types-"));
  try {
    await linkPackages(join(folder, "node_modules"));
    const files = Object.entries(examples).map(([name, code]) => ({
      path: join(folder, `${name.replaceAll(/\W/g, "_")}.ts`),
      code,
    }));
    for (const { path, code } of files) await writeFile(path, `${code}export {};\n`);
    const compiler = [script("typescript", "tsc"), ...OPTIONS, ...files.map(({ path }) => path)];
    await run(process.execPath, compiler, { cwd: folder, limit: 60_000 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function linkPackages(folder) {
  const libraries = at("tests", "libraries", "node_modules");
  await mkdir(folder);
  for (const name of await readdir(libraries)) {
    if (!name.startsWith(".")) await symlink(join(libraries, name), join(folder, name), "junction");
  }
  await symlink((await packPackage()).folder, join(folder, "tautline"), "junction");
}
