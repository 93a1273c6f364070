// The demo site as a visitor sees it: everything goes through what is on the page.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Guard } from "./guard.mjs";
import { artifacts } from "./paths.mjs";
import { within } from "./time.mjs";

/** `query` is what stands in the page's address: name, room, client, expires. */
export async function openDemo(browser, serverUrl, { path = "/", scheme, size, ...query } = {}) {
  const tab = await browser.newWindow(); // of its own, so that several are visible at once
  const demo = new Demo(browser, tab);
  if (size) await tab.setViewport({ ...size, deviceScaleFactor: 1 });
  const url = new URL(path, serverUrl);
  for (const [key, value] of Object.entries(query)) {
    if (value) url.searchParams.set(key, value);
  }
  if (scheme) {
    await tab.evaluateOnNewDocument((scheme) => localStorage.setItem("theme", scheme), scheme);
  }
  await demo.goto(url.href);
  return demo;
}

class Demo {
  constructor(browser, tab) {
    this.browser = browser;
    this.tab = tab;
    this.guard = new Guard();
    this.guard.watch(tab);
  }

  goto(url) {
    return within(20_000, "the demo to load", this.tab.goto(url, { waitUntil: "load" }));
  }

  /** Waits for a condition of the page, looked at whenever its document changes. */
  until(condition, limit = 25_000, ...args) {
    const options = { polling: "mutation", timeout: limit };
    return this.tab.waitForFunction(condition, options, ...args).catch((error) => {
      const source = String(condition).replace(/\s+/g, " ");
      throw new Error(`the demo did not get there within ${limit} ms: ${source}`, { cause: error });
    });
  }

  run(work, ...args) {
    return within(25_000, `in the demo: ${work}`, this.tab.evaluate(work, ...args));
  }

  /** The state that the chat's line shows. */
  line(state, limit) {
    return this.until(
      (state) => document.querySelector("#state").dataset.state === state,
      limit,
      state,
    );
  }

  ticker(state, limit) {
    const shows = (state) => document.querySelector("#ticker-state").dataset.link === state;
    return this.until(shows, limit, state);
  }

  async connected(limit = 40_000) {
    await this.line("open", limit);
    await this.ticker("open", limit);
  }

  /** Presses a button as a visitor does: it must be visible and nothing may cover it. */
  async press(selector) {
    const button = await this.tab.waitForSelector(selector, { visible: true, timeout: 30_000 });
    await button.scrollIntoView();
    await button.click();
  }

  /** Says something in the chat and waits until the room has repeated it. */
  async say(text) {
    await this.run((text) => {
      document.querySelector("#chat-input").value = text;
      document.querySelector("#chat-form").requestSubmit();
    }, text);
    await this.hears(text);
    await this.until(
      (text) => {
        const line = [...document.querySelectorAll("#chat-log li")].find((it) =>
          it.textContent.includes(text),
        );
        return line.textContent.includes("in the room");
      },
      30_000,
      text,
    );
  }

  hears(text) {
    return this.until(
      (text) => document.querySelector("#chat-log").textContent.includes(text),
      30_000,
      text,
    );
  }

  async screenshot(name) {
    await mkdir(artifacts, { recursive: true });
    const path = join(artifacts, `${name}-${this.browser.name}.png`);
    await this.run(() => {
      document.activeElement?.blur();
      scrollTo(0, 0);
    });
    await within(20_000, "a screenshot", this.tab.screenshot({ path, fullPage: true }));
  }

  close() {
    return within(20_000, "the tab to close", this.tab.close());
  }
}

/** In the page: its width, its background, and every target that is too small to be hit by a thumb. */
export function look() {
  const small = [];
  for (const element of document.querySelectorAll(
    "a[href], button, input, select, textarea, summary",
  )) {
    // A control inside its label is hit through the label.
    const target = element.closest("label") ?? element;
    const { width, height } = target.getBoundingClientRect();
    const { visibility, display } = getComputedStyle(target);
    const shown = width > 1 && height > 1 && visibility !== "hidden" && display !== "none";
    const skipLink = element.matches(".skip"); // shows up for the keyboard only
    if (shown && !skipLink && (width < 43.5 || height < 43.5)) {
      small.push(
        `${element.tagName} "${element.textContent.trim().slice(0, 30)}" ${width} × ${height}`,
      );
    }
  }
  const root = document.documentElement;
  const scroll = Math.max(root.scrollWidth, document.body.scrollWidth);
  return {
    scroll,
    width: root.clientWidth,
    small,
    background: getComputedStyle(document.body).backgroundColor,
  };
}
