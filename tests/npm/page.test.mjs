// The package without a build: by an import map, in every kind of worker, under the strictest policies, in an extension.
import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { packPackage } from "../e2e/harness/package.mjs";
import { startServer } from "../e2e/harness/server.mjs";
import { inBrowsers, shows, talks } from "./pages.mjs";
import { startSite } from "./site.mjs";

const LIMIT = { timeout: 60_000 };

const consumer = (name) => fileURLToPath(new URL(`consumers/${name}/`, import.meta.url));

describe("a page without a build", () => {
  let folder;
  let server;
  let site;

  before(async () => {
    ({ folder } = await packPackage());
    server = await startServer();
    const connect = `default-src 'self'; connect-src 'self' ${new URL(server.ws("/")).origin}`;
    site = await startSite({
      mounts: { "/": consumer("page"), "/pkg/": join(folder, "pkg") },
      policies: {
        // As the pages of an extension (Manifest V3) have it.
        strict: `${connect}; script-src 'self' 'wasm-unsafe-eval'`,
        blocked: `${connect}; script-src 'self'`,
      },
    });
  }, LIMIT);
  after(async () => {
    await site?.stop();
    await server?.stop();
  }, LIMIT);

  inBrowsers((name, browser) => {
    const says = (path, client, expected) =>
      talks(browser(), `${site.url}${path}`, { server, client: `${name}-${client}`, expected });

    it("talks by an import map, with the slim entry too", LIMIT, () =>
      says("/map.html", "map", ["hello", "hello from the class", "hello from the slim entry"]),
    );

    it("talks from a dedicated, a shared and a service worker", LIMIT, () =>
      says("/workers.html", "workers", [
        "hello from a worker",
        "hello from a shared worker",
        "hello from a service worker",
      ]),
    );

    it("talks under script-src 'self' 'wasm-unsafe-eval', and violates nothing", LIMIT, () =>
      says("/strict/strict.html", "strict", [
        "hello",
        "hello from the class",
        "hello from a stream",
        "hello from bytes",
        "hello from a worker",
      ]),
    );

    it(
      "says under script-src 'self' what is missing, each entry by its own error",
      LIMIT,
      async () => {
        const blocked =
          "WasmUnavailable: WebAssembly is blocked: allow 'wasm-unsafe-eval' in script-src, or at the edge use tautline/slim";
        await shows(browser(), `${site.url}/blocked/blocked.html`, {
          query: { server: server.ws("/ws/echo", { client: `${name}-blocked` }) },
          expected: [
            blocked,
            blocked,
            "CompileError", // the browser's own: it has the module not yet
            blocked,
            "WasmUnavailable: No WebAssembly yet: call provideWasm() of tautline/slim before connect()",
          ],
          allow: [/Content.Security.Policy|WebAssembly|wasm/i],
        });
        assert.equal((await server.connections(`${name}-blocked`)).total, 0);
      },
    );

    it("talks from the background and a page of an extension (Manifest V3)", LIMIT, async () => {
      const extension = await makeExtension(`${name}-extension-`);
      try {
        await browser().puppeteer.installExtension(extension);
        for (const place of ["background", "page"])
          await server.wait({ client: `${name}-extension-${place}-heard`, total: 1 });
      } finally {
        await rm(extension, { recursive: true, force: true });
      }
    });
  });

  /** The extension with the package's files and the server's address, as a folder; its clients are named `client…`. */
  async function makeExtension(client) {
    const made = await mkdtemp(join(tmpdir(), "tautline-extension-"));
    await cp(consumer("extension"), made, { recursive: true });
    await cp(join(folder, "pkg"), join(made, "tautline"), { recursive: true });
    const address = JSON.stringify(server.ws("/ws/echo", { client }));
    const source = `export const address = (name) => ${address} + name;\n`;
    await writeFile(join(made, "address.js"), source);
    return made;
  }
});
