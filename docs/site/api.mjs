// Writes the API reference: a page for each entry of the package, from the declarations in js/.
//
//   node docs/site/api.mjs FOLDER '[{ "name": "tautline", "source": "/…/js/index.ts" }]'
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Application, Comment, ReflectionKind } from "typedoc";

const root = fileURLToPath(new URL("../..", import.meta.url));
const out = resolve(process.argv[2]);
const entries = JSON.parse(process.argv[3]);

const app = await Application.bootstrapWithPlugins({
  plugin: ["typedoc-plugin-markdown"],
  // TypeDoc empties the folder it writes to, ./docs unless told otherwise. The caller makes a fresh one instead.
  cleanOutputDir: false,
  out,
  outputs: [{ name: "markdown", path: out }],
  entryPoints: entries.map(({ source }) => source),
  entryPointStrategy: "resolve",
  tsconfig: join(root, "tsconfig.json"),
  // The repository's own tsc judges the sources; it is newer than what TypeDoc can load.
  skipErrorChecking: true,
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  readme: "none",
  logLevel: "Warn",
  validation: { notExported: false, invalidLink: true, notDocumented: false },
  router: "module",
  entryFileName: "index",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  parametersFormat: "table",
  interfacePropertiesFormat: "table",
  typeDeclarationFormat: "table",
  useCodeBlocks: true,
  sort: ["source-order"],
  groupOrder: ["Functions", "Classes", "Interfaces", "Type Aliases", "*"],
});

const project = await app.convert();
if (!project || app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);

const modules = entries.length === 1 ? [project] : project.children;
for (const module of modules) {
  const file = project.files.getReflectionPath(module);
  const entry = entries.length === 1 ? entries[0] : entries.find(({ source }) => source === file);
  if (!entry) throw new Error(`no entry is made of ${file}`);
  module.name = entry.name;
  shorten(module);
}

await app.generateOutputs(project);
// For the site's menu.
const pages = entries.map(({ name }) => ({ name, page: `api/${name}` }));
await writeFile(join(out, "entries.json"), `${JSON.stringify(pages, null, 2)}\n`);

/** Says once what an entry takes over from another one, and tells of members only where they are declared. */
function shorten(module) {
  const taken = module.getChildrenByKind(ReflectionKind.Reference);
  remove(module, taken);
  if (taken.length > 0) {
    module.comment ??= new Comment();
    module.comment.summary.push({
      kind: "text",
      text: `\n\nIt also exports all of [tautline](${"../".repeat(module.name.split("/").length - 1)}tautline.md).`,
    });
  }
  for (const type of module.getChildrenByKind(ReflectionKind.ClassOrInterface)) {
    remove(type, type.children?.filter(({ inheritedFrom }) => inheritedFrom) ?? []);
  }
}

function remove(parent, members) {
  for (const member of members) project.removeReflection(member);
  for (const group of parent.groups ?? [])
    group.children = group.children.filter((child) => !members.includes(child));
  parent.groups = parent.groups?.filter(({ children }) => children.length > 0);
}
