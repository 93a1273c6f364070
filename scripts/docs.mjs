// Builds the documentation site into .cache/docs/site; `npm start` serves it at /docs/.
import { relative } from "node:path";
import { buildDocs, docsSite } from "./lib/docs.mjs";
import { root } from "./lib/paths.mjs";
import { program } from "./lib/run.mjs";
import { setUp } from "./setup.mjs";

await program(async () => {
  await setUp(["build", "docs"]);
  const built = await buildDocs();
  console.log(`${relative(root, docsSite)} is ${built ? "built" : "up to date"}`);
});
