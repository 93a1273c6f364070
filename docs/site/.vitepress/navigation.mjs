// The site's menus. A page stands here by its file; one that is not there is left out.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const DOCS = fileURLToPath(new URL("../../", import.meta.url));
const API = new URL("../../api/entries.json", import.meta.url);

const START = [
  ["JavaScript and TypeScript", "getting-started/javascript"],
  ["React", "guides/react"],
  ["Vue", "guides/vue"],
  ["Svelte", "guides/svelte"],
  ["A page without a bundler", "getting-started/plain-script"],
  ["Where it runs", "guides/where-it-runs"],
  ["Rust: Leptos", "getting-started/rust-leptos"],
  ["Rust: Yew", "getting-started/rust-yew"],
  ["Rust: Dioxus", "getting-started/rust-dioxus"],
  ["Where it runs", "guides/where-it-runs"],
];

const CONNECTION = [
  ["Authentication", "guides/authentication"],
  ["Reconnection by cause", "guides/reconnection"],
  ["Heartbeats and proxies", "guides/heartbeats-and-proxies"],
  ["Background tabs and bfcache", "guides/background-tabs"],
];

const MESSAGES = [
  ["Queues and delivery", "guides/delivery"],
  ["Payload formats", "guides/payload-formats"],
  ["Streams and backpressure", "guides/streams"],
  ["JSON-RPC", "guides/jsonrpc"],
  ["Scaling out behind brokers", "guides/scaling-out"],
  ["Testing your code", "guides/testing"],
];

const MOVING = [
  ["The WebSocket class", "guides/websocket"],
  ["Under other libraries", "guides/libraries"],
  ["From reconnecting-websocket", "guides/migrating"],
  ["From stompjs", "guides/from-stompjs"],
  ["stompjs on our socket", "guides/migrating-stompjs"],
  ["From mqtt.js", "guides/from-mqtt-js"],
  ["mqtt.js on our socket", "guides/migrating-mqtt"],
];

const ABOUT = [
  ["Why WebSockets", "why-websockets"],
  ["Figures", "figures"],
];

/** The pages of a folder by their titles, without those that have a place of their own above. */
function others(folder) {
  const placed = new Set([START, CONNECTION, MESSAGES, MOVING].flat().map(([, page]) => page));
  return readdirSync(DOCS + folder)
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => [title(`${folder}/${name}`), `${folder}/${name.replace(/\.md$/, "")}`])
    .filter(([, page]) => !placed.has(page));
}

const title = (file) => /^# (.*)$/m.exec(readFileSync(DOCS + file, "utf8"))?.[1] ?? file;

/** The entries of the package, as the reference was generated from them. */
function reference() {
  return existsSync(API) ? JSON.parse(readFileSync(API, "utf8")) : [];
}

const items = (pages) =>
  pages
    .filter(([, page]) => existsSync(`${DOCS}${page}.md`))
    .map(([text, page]) => ({ text, link: `/${page}` }));

export function navigation() {
  const api = reference().map(({ name, page }) => ({ text: name, link: `/${page}` }));
  const more = items(others("guides"));
  return {
    nav: [
      { text: "Start", link: "/getting-started/javascript", activeMatch: "^/getting-started/" },
      { text: "Guides", link: "/guides/reconnection", activeMatch: "^/guides/" },
      { text: "Reference", link: api[0]?.link ?? "/", activeMatch: "^/api/" },
      { text: "Figures", link: "/figures" },
      // No pages of the site: the server has the demo beside it.
      { text: "Demo", link: "/../", target: "_self", noIcon: true },
      { text: "MQTT demo", link: "/../broker/", target: "_self", noIcon: true },
    ],
    sidebar: [
      { text: "Getting started", items: items(START) },
      { text: "The connection", items: items(CONNECTION) },
      { text: "Messages", items: items(MESSAGES) },
      { text: "Coming from elsewhere", items: items(MOVING) },
      ...(more.length > 0 ? [{ text: "More guides", items: more }] : []),
      { text: "Reference", items: api },
      { text: "Why and how", items: items(ABOUT) },
      { text: "Decisions", collapsed: true, items: items(others("decisions")) },
    ],
  };
}
