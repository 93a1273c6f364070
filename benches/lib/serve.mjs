// Serves the pages, each with its script as one bundle. Isolated from other origins, a page's clock ticks in
// microseconds instead of a tenth of a millisecond or a whole one.
import { createServer } from "node:http";
import { at } from "../../scripts/lib/paths.mjs";

const PAGES = ["time", "frame", "memory"];
const HEADERS = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "no-store",
};

/** Gives { url, stop }. */
export async function serve() {
  const files = await bundle();
  const server = createServer(({ url }, response) => {
    const { type, text } = files.get(url) ?? {};
    response.writeHead(text === undefined ? 404 : 200, {
      ...HEADERS,
      "content-type": type ?? "text/plain",
    });
    response.end(text);
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject).listen(0, "127.0.0.1", resolve);
  });
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}

async function bundle() {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: PAGES.map((page) => at("benches", "page", `${page}.js`)),
    outdir: at("benches", "page"),
    bundle: true,
    splitting: true,
    write: false,
    format: "esm",
    target: "es2022",
    logLevel: "warning",
  });
  const files = new Map([["/favicon.ico", { type: "image/x-icon", text: "" }]]);
  for (const { path, text } of outputFiles) {
    files.set(`/${path.split(/[\\/]/).pop()}`, { type: "text/javascript", text });
  }
  for (const page of PAGES) {
    const html = `<!doctype html><title>${page}</title><body><script type="module" src="/${page}.js"></script>`;
    files.set(`/${page}.html`, { type: "text/html", text: html });
  }
  return files;
}
