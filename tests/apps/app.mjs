// One of the example chats in a window of its own, seen and used as a visitor does: by what is on the page.
import { Guard } from "../e2e/harness/guard.mjs";
import { within } from "../e2e/harness/time.mjs";

const LIMIT = 15_000;

/**
 * Opens `/<app>/` of the server as `name`, in a room of that server, with `client` as its label there.
 * `heartbeat` in ms, `size` of the window.
 */
export async function openApp(browser, server, app, { name, client = name, heartbeat, size }) {
  const tab = await browser.newWindow(); // several are visible at once
  const page = new AppPage(browser, tab);
  if (size) await tab.setViewport({ ...size, deviceScaleFactor: 1 });
  await tab.evaluateOnNewDocument(watch);
  const url = new URL(`/${app}/`, server.url);
  url.searchParams.set("server", server.ws("/ws/chat/test", { client }));
  url.searchParams.set("name", name);
  if (heartbeat) url.searchParams.set("heartbeat", String(heartbeat));
  await within(20_000, "the app to load", tab.goto(url.href, { waitUntil: "load" }));
  await page.until(() => document.querySelector("#toggle"));
  return page;
}

/** In the page, before anything of it runs: keeps the states it shows, and errors nobody caught. */
function watch() {
  globalThis.seen = { states: [], strays: [] };
  const { states, strays } = globalThis.seen;
  addEventListener("error", ({ message }) => strays.push(`error: ${message}`));
  addEventListener("unhandledrejection", ({ reason }) => strays.push(`rejection: ${reason}`));
  const look = () => {
    const state = document.querySelector("#state")?.textContent ?? "";
    if (state !== (states.at(-1) ?? "")) states.push(state);
  };
  new MutationObserver(look).observe(document, {
    childList: true,
    characterData: true,
    subtree: true,
  });
}

class AppPage {
  constructor(browser, tab) {
    this.browser = browser;
    this.tab = tab;
    this.guard = new Guard();
    this.guard.watch(tab);
  }

  run(work, ...args) {
    return within(LIMIT, `in the app: ${work}`, this.tab.evaluate(work, ...args));
  }

  /** Waits for a condition of the page, looked at whenever its document changes. */
  until(condition, ...args) {
    const options = { polling: "mutation", timeout: LIMIT };
    return this.tab.waitForFunction(condition, options, ...args).catch((error) => {
      const source = String(condition).replace(/\s+/g, " ");
      const given = args.length > 0 ? ` with ${JSON.stringify(args).slice(0, 200)}` : "";
      throw new Error(`the app did not get there within ${LIMIT} ms: ${source}${given}`, {
        cause: error,
      });
    });
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
    const shown = await this.run(() => ({ ...seen, text: document.body.textContent.slice(-800) }));
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
