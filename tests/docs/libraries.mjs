// Servers of tests/libraries/, for guides that speak of a library.
import { at } from "../../scripts/lib/paths.mjs";
import { start } from "../../scripts/lib/run.mjs";
import { within } from "../e2e/harness/time.mjs";

const PATHS = { stompjs: "/stomp", mqtt: "/mqtt" };
/** Where the libraries themselves are. */
export const libraryModules = at("tests", "libraries", "node_modules");

/** Gives { url, stop }; the server ends with us. */
export async function startLibrary(name) {
  const run = at("tests", "libraries", "servers", "run.mjs");
  const child = start(process.execPath, [run, name, "0"], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const listening = new Promise((resolve, reject) => {
    child.on("message", ({ port }) => port && resolve(port));
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the server for ${name} ended with ${code}`)));
  });
  const port = await within(10_000, `the server for ${name}`, listening);
  return { url: `ws://127.0.0.1:${port}${PATHS[name]}`, stop: () => child.disconnect() };
}
