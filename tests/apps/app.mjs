// The example chats in windows of their own, seen and used as a visitor does: by what is on the page.
import { Guard } from "../e2e/harness/guard.mjs";
import { within } from "../e2e/harness/time.mjs";

const LIMIT = 30_000;

/**
 * The windows of a browser. To open one takes a second, so a window that a test is done with serves the next.
 * A window in which anything went wrong is closed instead.
 */
export class Windows {
  #browser;
  #free = [];

  constructor(browser) {
    this.#browser = browser;
  }

  /**
   * Opens `/<app>/` of the server as `name`, in a room of that server, with `client` as its label there.
   * `heartbeat` in ms, `size` of the window.
   */
  async open(server, app, { name, client = name, heartbeat, size = { width: 800, height: 700 } }) {
    const page = this.#free.pop() ?? (await this.#create());
    await page.tab.setViewport({ ...size, deviceScaleFactor: 1 });
    const url = new URL(`/${app}/`, server.url);
    url.searchParams.set("server", server.ws("/ws/chat/test", { client }));
    url.searchParams.set("name", name);
    if (heartbeat) url.searchParams.set("heartbeat", String(heartbeat));
    await page.goto(url.href);
    await page.until(() => document.querySelector("#toggle"));
    return page;
  }

  /** Takes a page back that nothing went wrong with. */
  async release(page) {
    await page.goto("about:blank");
    this.#free.push(page);
  }

  async #create() {
    const tab = await this.#browser.newWindow(); // several are visible at once
    await tab.evaluateOnNewDocument(watch);
    return new AppPage(tab);
  }
}

/** In the page, before anything of it runs: keeps the states it shows and errors nobody caught, and waits. */
function watch() {
  const states = [];
  const strays = [];
  const waiting = new Set();
  addEventListener("error", ({ message }) => strays.push(`error: ${message}`));
  addEventListener("unhandledrejection", ({ reason }) => strays.push(`rejection: ${reason}`));
  const look = () => {
    const state = document.querySelector("#state")?.textContent ?? "";
    if (state !== (states.at(-1) ?? "")) states.push(state);
    for (const check of [...waiting]) check();
  };
  const whatever = { attributes: true, characterData: true, childList: true, subtree: true };
  new MutationObserver(look).observe(document, whatever);
  /** Resolves once `condition` is truthy, looked at now and after every change of the document. */
  const until = (condition) =>
    new Promise((resolve, reject) => {
      const check = () => {
        try {
          if (!condition()) return;
          resolve();
        } catch (error) {
          reject(error);
        }
        waiting.delete(check);
      };
      waiting.add(check);
      check();
    });
  globalThis.seen = { states, strays, until };
}

class AppPage {
  constructor(tab) {
    this.tab = tab;
    this.guard = new Guard();
    this.guard.watch(tab);
  }

  goto(url) {
    return within(20_000, `${url} to load`, this.tab.goto(url, { waitUntil: "load" }));
  }

  run(work, ...args) {
    return within(LIMIT, `in the app: ${work}`, this.tab.evaluate(work, ...args));
  }

  /** Waits for a condition of the page, looked at whenever its document changes. */
  until(condition, ...args) {
    const list = args.map((arg) => JSON.stringify(arg)).join(", ");
    const source = String(condition).replace(/\s+/g, " ");
    const script = `seen.until(() => (${condition})(${list}))`;
    return within(LIMIT, `in the app: ${source} with (${list})`, this.tab.evaluate(script));
  }

  /** Waits until the page shows this state. */
  state(name) {
    return this.until((name) => document.querySelector("#state")?.textContent === name, name);
  }

  /** All states shown so far, "" while the chat was away; each differs from the one before. */
  states() {
    return this.run(() => seen.states);
  }

  /** Waits until `shown` states follow each other in what was seen after the first `from`. */
  went(shown, from = 0) {
    const follows = (shown, from) => {
      let next = 0;
      for (const state of seen.states.slice(from)) if (state === shown[next]) next += 1;
      return next === shown.length;
    };
    return this.until(follows, shown, from);
  }

  lines() {
    return this.run(() =>
      Array.from(document.querySelectorAll("#log li"), (line) => line.textContent),
    );
  }

  hears(line) {
    return this.until(
      (line) =>
        Array.from(document.querySelectorAll("#log li")).some((it) => it.textContent === line),
      line,
    );
  }

  /** Says something by the keyboard alone. */
  async type(text) {
    await this.tab.focus("#text");
    await this.tab.keyboard.type(text);
    await this.tab.keyboard.press("Enter");
  }

  /** Says many lines within one task of the page. */
  say(...texts) {
    return this.run((texts) => {
      const input = document.querySelector("#text");
      for (const text of texts) {
        input.value = text;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        document.querySelector("#say").requestSubmit();
      }
    }, texts);
  }

  /** Presses a button as a visitor does: it must be visible and nothing may cover it. */
  async press(selector) {
    const button = await this.tab.waitForSelector(selector, { visible: true, timeout: LIMIT });
    await button.click();
  }

  /** What a red test wants to know. */
  async explain() {
    const shown = await this.run(() => ({
      states: seen.states,
      strays: seen.strays,
      text: document.body.textContent.slice(-800),
    }));
    return JSON.stringify(shown, null, 1);
  }

  /** Fails on anything that went wrong in the page. */
  async check() {
    this.guard.check(await this.run(() => seen.strays));
  }

  close() {
    return within(20_000, "the window to close", this.tab.close());
  }
}
