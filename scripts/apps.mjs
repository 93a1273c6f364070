// Builds the example chats and serves them, each at /<name>/.
//
//   node scripts/apps.mjs [arguments for the server, e.g. --port 8080]
import { once } from "node:events";
import { appsFolder, buildApps } from "./lib/apps.mjs";
import { buildServer } from "./lib/cargo.mjs";
import { serverBinary } from "./lib/paths.mjs";
import { program, start } from "./lib/run.mjs";
import { setUp } from "./setup.mjs";

await program(async () => {
  await setUp(["build"]);
  await buildApps();
  await buildServer();
  const args = ["--root", appsFolder, ...process.argv.slice(2)];
  const [code] = await once(start(serverBinary, args, { stdio: "inherit" }), "exit");
  return code;
});
