// Builds the package, the server and the documentation, and serves the demo with /docs/ beside it (npm start).
//
//   node scripts/start.mjs [arguments for the server, e.g. --port 8080]
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { buildPackage } from "./build.mjs";
import { buildServer } from "./lib/cargo.mjs";
import { buildDocs, docsSite } from "./lib/docs.mjs";
import { at, pkg, serverBinary } from "./lib/paths.mjs";
import { end, program, start, Trouble } from "./lib/run.mjs";
import { setUp } from "./setup.mjs";

await program(async () => {
  await setUp(["build"]);
  if (!existsSync(serverBinary)) {
    console.log("building the WebAssembly module and the server: about a minute the first time");
  }
  // Each builds in a folder of its own: all can go on at once.
  const [, , documented] = await Promise.all([buildPackage(), buildServer(), documentation()]);
  const docs = documented ? ["--mount", `/docs=${docsSite}`] : [];
  return serve([...docs, ...process.argv.slice(2)]);
});

/** Builds the documentation; the demo does without it where that fails, as without a network at first. */
async function documentation() {
  try {
    await setUp(["docs"]);
    await buildDocs();
    return true;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    console.error(`there is no documentation at /docs/: ${error.message}`);
    return false;
  }
}

/** Serves until Ctrl-C; the server's own clean stop ends us. */
function serve(extra) {
  const args = ["--root", at("www"), "--mount", `/pkg=${pkg}`, "--watch-stdin", ...extra];
  const server = start(serverBinary, args, { stdio: ["pipe", "pipe", "inherit"] });
  server.stdin.on("error", () => {}); // it may be gone before us

  let stopping = false;
  const stop = () => {
    if (stopping) return end(server, "SIGKILL");
    stopping = true;
    console.log("\nstopping");
    server.stdin.end();
    end(server, "SIGINT");
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
    process.removeAllListeners(signal).on(signal, stop);

  createInterface({ input: server.stdout }).on("line", (line) => {
    const url = /^listening on (\S+)/.exec(line)?.[1];
    console.log(url ? `\n  tautline is at ${url}\n  Ctrl-C stops it.\n` : line);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("exit", (code, signal) => {
      if (stopping) resolve(0);
      else
        reject(
          new Trouble(
            `the server ended by itself (${signal ?? `code ${code}`}): see its message above`,
          ),
        );
    });
  });
}
