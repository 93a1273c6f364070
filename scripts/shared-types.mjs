// Builds the example of shared types and serves it.
//
//   node scripts/shared-types.mjs [port]
import { once } from "node:events";
import { join } from "node:path";
import { cache } from "./lib/paths.mjs";
import { program, start } from "./lib/run.mjs";
import { buildSharedTypes, sharedTypesSite, todoServer } from "./lib/shared-types.mjs";
import { setUp } from "./setup.mjs";

await program(async () => {
  await setUp(["build"]);
  await buildSharedTypes();
  const args = [sharedTypesSite, join(cache, "todo.json"), ...process.argv.slice(2)];
  // It ends when its standard input does: with this program.
  const [code] = await once(
    start(todoServer, args, { stdio: ["pipe", "inherit", "inherit"] }),
    "exit",
  );
  return code;
});
