// Starts the two browsers: Chromium over the DevTools protocol, stock Firefox over WebDriver BiDi.
// Each start has an empty profile of its own, removed again when the browser is closed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer from "puppeteer-core";
import { chromiumBinary, firefoxBinary } from "./paths.mjs";
import { within } from "./time.mjs";

/** A host name that is not loopback to the page, though it leads to this machine. */
export const HOST_NAME = "live.test";

const START_LIMIT = 60_000;

// Nothing of puppeteer's own defaults: some of them switch off the very throttling, freezing and
// caching of pages that these tests are about.
const CHROMIUM_FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-sync",
  "--disable-breakpad",
  "--disable-dev-shm-usage",
  "--password-store=basic",
  "--use-mock-keychain",
  "--window-size=1280,800",
  "--hide-scrollbars", // as on a phone: they take no width
  `--host-resolver-rules=MAP ${HOST_NAME} 127.0.0.1`,
];

/** Which browsers this run tests: BROWSERS=chromium, BROWSERS=firefox, or both. */
export const browserNames = (process.env.BROWSERS ?? "chromium,firefox").split(",").filter(Boolean);

export function launch(name) {
  if (name === "chromium") return launchChromium();
  if (name === "firefox") return launchFirefox();
  throw new Error(`unknown browser "${name}": BROWSERS takes chromium and firefox`);
}

export async function launchChromium({ flags = [] } = {}) {
  return start("chromium", (profile) => ({
    executablePath: chromiumBinary(),
    pipe: true, // a Chromium whose pipe closes ends: none outlives a killed test run
    ignoreDefaultArgs: true,
    args: [...CHROMIUM_FLAGS, `--user-data-dir=${profile}`, ...flags, "about:blank"],
  }));
}

export async function launchFirefox({ preferences = {} } = {}) {
  return start("firefox", (profile) => ({
    browser: "firefox",
    executablePath: firefoxBinary(),
    headless: true,
    args: ["--profile", profile],
    extraPrefsFirefox: {
      "network.dns.localDomains": HOST_NAME,
      "ui.useOverlayScrollbars": 1,
      ...preferences,
    },
  }));
}

async function start(name, settings) {
  const profile = await mkdtemp(join(tmpdir(), `tautline-${name}-`));
  const options = { ...settings(profile), defaultViewport: null, timeout: START_LIMIT };
  const browser = await puppeteer.launch({ ...options, protocolTimeout: 60_000 });
  return new Browser(name, browser, profile);
}

class Browser {
  #profile;

  constructor(name, puppeteerBrowser, profile) {
    this.name = name;
    this.puppeteer = puppeteerBrowser;
    this.#profile = profile;
  }

  get isChromium() {
    return this.name === "chromium";
  }

  newTab() {
    return within(20_000, "a new tab", this.puppeteer.newPage());
  }

  /** A page in a window of its own: unlike a tab behind another, it is visible. */
  newWindow() {
    return within(20_000, "a new window", this.puppeteer.newPage({ type: "window" }));
  }

  version() {
    return this.puppeteer.version();
  }

  async close() {
    const child = this.puppeteer.process();
    try {
      await within(15_000, `${this.name} to close`, this.puppeteer.close());
    } finally {
      if (child && child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await rm(this.#profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }
}
