// A page under test: loads, evaluates with a bound, waits on the page's own log.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Guard } from "./guard.mjs";
import { artifacts } from "./paths.mjs";
import { within } from "./time.mjs";

const LIMIT = 25_000;

/**
 * Opens `path` of the server in a new tab and waits until its scripts have run.
 * `entry` is the address of the package's main module there; null opens the page without it.
 */
export async function openPage(
  browser,
  serverUrl,
  { path = "/index.html", entry = null, ownWindow = false } = {},
) {
  const tab = await (ownWindow ? browser.newWindow() : browser.newTab());
  const page = new TestPage(browser, tab);
  const url = new URL(path, serverUrl);
  if (entry) url.searchParams.set("entry", entry);
  await page.goto(url.href);
  return page;
}

class TestPage {
  #crash;

  constructor(browser, tab) {
    this.browser = browser;
    this.tab = tab;
    this.guard = new Guard();
    this.guard.watch(tab);
    // Whatever is awaited in a page that has crashed never comes.
    this.#crash = new Promise((_, reject) => {
      tab.once("error", (error) => reject(new Error(`the tab has crashed: ${error.message}`)));
    });
    this.#crash.catch(() => {});
  }

  async goto(url) {
    this.url = url;
    await within(20_000, "the page to load", this.tab.goto(url, { waitUntil: "load" }));
    await this.until(() => kit.entries("loaded").length > 0);
  }

  /** Leaves for another page, as by a link; the log stays behind with the old page. */
  leave(path = "/blank.html") {
    const target = new URL(path, this.url).href;
    return within(20_000, "the next page to load", this.tab.goto(target, { waitUntil: "load" }));
  }

  /** The browser's back button. */
  back() {
    return within(20_000, "the page to come back", this.tab.goBack({ waitUntil: "load" }));
  }

  /** Runs `work` in the page and returns its (awaited) result. */
  run(work, ...args) {
    return this.runFor(LIMIT, work, ...args);
  }

  /** As run(), for work that may take longer than usual. */
  runFor(limit, work, ...args) {
    return this.#bounded(limit, work, args, this.tab.evaluate(work, ...args));
  }

  /** Waits until `condition` is truthy in the page; looked at again after every entry of its log. */
  until(condition, ...args) {
    return this.untilFor(LIMIT, condition, ...args);
  }

  untilFor(limit, condition, ...args) {
    const list = args.map((arg) => JSON.stringify(arg) ?? "undefined").join(", ");
    const script = `kit.until(() => (${condition})(${list}))`;
    return this.#bounded(limit, condition, args, this.tab.evaluate(script));
  }

  /** Waits until the socket `name` is in `state`, and returns that state. */
  reached(name, state, limit = LIMIT) {
    return this.untilFor(
      limit,
      (name, state) => kit.isIn(name, state) && kit.plain(kit.sockets[name].state),
      name,
      state,
    );
  }

  log() {
    return this.run(() => kit.log);
  }

  async screenshot(name) {
    await mkdir(artifacts, { recursive: true });
    const path = join(artifacts, `${name}-${this.browser.name}.png`);
    await within(20_000, "a screenshot", this.tab.screenshot({ path }));
    return path;
  }

  /** Fails on anything the test did not provoke on purpose. */
  async check() {
    this.guard.check(await this.run(() => globalThis.kit?.strays ?? []));
  }

  close() {
    return within(20_000, "the tab to close", this.tab.close());
  }

  #bounded(limit, work, args, promise) {
    const source = String(work).replace(/\s+/g, " ").slice(0, 160);
    const given = args.length > 0 ? ` with ${JSON.stringify(args).slice(0, 200)}` : "";
    const what = `in the page: ${source}${given}`;
    return within(limit, what, Promise.race([promise, this.#crash]));
  }
}
