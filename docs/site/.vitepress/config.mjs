// The documentation site: its pages are the repository's docs/*.md, as they are.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { leadOutside } from "./links.mjs";
import { navigation } from "./navigation.mjs";
import { hideFromReaders } from "./rust.mjs";

const DOCS = fileURLToPath(new URL("../../", import.meta.url));
const BASE = "/docs/";
const { nav, sidebar } = navigation();

export default defineConfig({
  title: "tautline",
  description:
    "A WebSocket that stays taut: it notices dead connections, comes back by cause, and keeps what you send.",
  lang: "en",
  base: BASE,
  srcDir: "..",
  srcExclude: ["site/**"],
  cacheDir: "../../.cache/docs/vite",
  // Any server of files can serve it.
  cleanUrls: false,
  // The tests check every link and anchor; a page that is half written can be read all the same.
  ignoreDeadLinks: true,
  head: [["link", { rel: "icon", href: `${BASE}icon.svg`, type: "image/svg+xml" }]],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark" },
    config: (markdown) => markdown.use(leadOutside, { docs: DOCS }).use(hideFromReaders),
  },
  themeConfig: {
    logo: { src: "/icon.svg", alt: "" },
    nav,
    sidebar,
    outline: { level: [2, 3] },
    search: { provider: "local" },
  },
  vite: {
    publicDir: false,
    server: { fs: { allow: [DOCS] } },
  },
  // The demo's own.
  buildEnd: ({ outDir }) => copyFile(join(DOCS, "..", "www", "icon.svg"), join(outDir, "icon.svg")),
});
