// Servers of tests/libraries/, for guides that speak of a library.
import { at } from "../../scripts/lib/paths.mjs";
import { startServer } from "../libraries/servers/server.mjs";

const PATHS = { stompjs: "/stomp", mqtt: "/mqtt" };
/** Where the libraries themselves are. */
export const libraryModules = at("tests", "libraries", "node_modules");

/** Gives { url, stop }. */
export async function startLibrary(name) {
  const server = await startServer(name);
  return { url: `${server.url}${PATHS[name]}`, stop: () => server.stop() };
}
