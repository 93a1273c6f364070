// Builds the documentation site into .cache/docs/site; `npm start` serves it at /docs/.
//
//   node scripts/docs.mjs         builds what changed
//   node scripts/docs.mjs --dev   serves the pages, and shows at once what is saved
import { relative } from "node:path";
import { buildDocs, developDocs, docsSite } from "./lib/docs.mjs";
import { root } from "./lib/paths.mjs";
import { program, Trouble } from "./lib/run.mjs";
import { setUp } from "./setup.mjs";

await program(async () => {
  const flags = process.argv.slice(2);
  const unknown = flags.find((flag) => flag !== "--dev");
  if (unknown) throw new Trouble(`unknown argument "${unknown}": there is --dev`);
  await setUp(["build", "docs"]);
  if (flags.includes("--dev")) return developDocs();
  const built = await buildDocs();
  console.log(`${relative(root, docsSite)} is ${built ? "built" : "up to date"}`);
});
