// Static files with headers of the test's choice, which the project's own server does not have.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".map": "application/json",
  ".wasm": "application/wasm",
};

/**
 * Serves the folders of `mounts` below their prefixes, on loopback. Each name of `policies` is a prefix before all of them that
 * adds that Content-Security-Policy: /strict/page.html is /page.html with it. Whole files only, for tests only.
 */
export async function startSite({ mounts, policies = {} }) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const [, first, rest] = /^\/([^/]*)(.*)$/.exec(normalize(pathname));
    const policy = policies[first];
    const file = await find(mounts, policy ? rest : pathname);
    if (!file) {
      // No page here has an icon, and browsers ask for one.
      response.writeHead(pathname === "/favicon.ico" ? 204 : 404).end();
      return;
    }
    response.writeHead(200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "cache-control": "no-store",
      ...(policy && { "content-security-policy": policy }),
    });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url, stop };
}

async function find(mounts, pathname) {
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  const prefix = prefixes.find((it) => pathname.startsWith(it));
  const file = prefix && join(mounts[prefix], pathname.slice(prefix.length));
  const about = file && (await stat(file).catch(() => undefined));
  return about?.isFile() ? file : undefined;
}
