// The example's own server with its pages, and windows in which the pages are used.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { sharedTypesSite, todoServer } from "../../scripts/lib/shared-types.mjs";
import { Guard } from "../e2e/harness/guard.mjs";
import { within } from "../e2e/harness/time.mjs";

const LIMIT = 30_000;
const FIRST_LINE = /^listening on (http:\/\/\S+)$/;

/** Gives `work` a server of its own and `open(path)`; afterwards no page may have gone wrong. */
export async function inWorld(browser, work) {
  const folder = await mkdtemp(join(tmpdir(), "tautline-todo-"));
  const server = new TodoServer(join(folder, "todo.json"));
  const opened = [];
  try {
    await server.start();
    const open = async (path) => {
      const page = await openPage(browser, server.url + path);
      opened.push(page);
      return page;
    };
    await work({ server, open });
    for (const page of opened) await page.check();
  } catch (error) {
    for (const page of opened) error.message += `\n${await page.explain().catch(String)}`;
    throw error;
  } finally {
    await Promise.all(opened.map((page) => page.close()));
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

class TodoServer {
  #file;
  #process;

  constructor(file) {
    this.#file = file;
  }

  async start(port = 0) {
    const args = [sharedTypesSite, this.#file, String(port)];
    const child = spawn(todoServer, args, { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.on("error", () => {}); // the server may be gone before us
    const ended = new Promise((resolve) => child.once("exit", resolve));
    this.#process = { child, ended };
    const line = new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      ended.then((code) => reject(new Error(`the server ended with ${code}`)));
    });
    this.url = FIRST_LINE.exec(await within(30_000, "the server's first line", line))[1];
  }

  /** Ends it, and starts another one on the same port with the same list. */
  async restart() {
    await this.stop();
    await this.start(new URL(this.url).port);
  }

  async stop() {
    const { child, ended } = this.#process;
    child.stdin.end();
    try {
      await within(20_000, "the server to end", ended);
    } finally {
      child.kill("SIGKILL");
    }
  }

  /** The list as the server keeps it. */
  async items() {
    return JSON.parse(await readFile(this.#file, "utf8"));
  }
}

async function openPage(browser, url) {
  const tab = await browser.newWindow(); // several are visible at once
  const page = new TodoPage(browser, tab);
  await tab.evaluateOnNewDocument(watch);
  await within(20_000, "the page to load", tab.goto(url, { waitUntil: "load" }));
  return page;
}

/** In the page, before anything of it runs: keeps its sockets, and errors that nobody caught. */
function watch() {
  const Native = WebSocket;
  globalThis.natives = [];
  globalThis.WebSocket = class extends Native {
    constructor(...args) {
      super(...args);
      natives.push(this);
    }
  };
  globalThis.strays = [];
  addEventListener("error", ({ message }) => strays.push(`error: ${message}`));
  addEventListener("unhandledrejection", ({ reason }) => strays.push(`rejection: ${reason}`));
}

class TodoPage {
  constructor(browser, tab) {
    this.browser = browser;
    this.tab = tab;
    this.guard = new Guard();
    this.guard.watch(tab);
  }

  run(work, ...args) {
    return within(LIMIT, `in the page: ${work}`, this.tab.evaluate(work, ...args));
  }

  /** Waits for a condition of the page. */
  until(condition, ...args) {
    // Not by mutations: puppeteer does not see the ones within a text, which is what Leptos changes.
    const options = { polling: 30, timeout: LIMIT };
    return this.tab.waitForFunction(condition, options, ...args).catch((cause) => {
      const given = JSON.stringify(args);
      throw new Error(`the page did not get there: ${condition} with ${given}`, { cause });
    });
  }

  /** Waits until an element shows this text. */
  shows(selector, text) {
    return this.until(
      (selector, text) => document.querySelector(selector)?.textContent === text,
      selector,
      text,
    );
  }

  /** Waits until the list is this: titles, with `x ` before those that are done. */
  lists(...lines) {
    return this.until((lines) => {
      const shown = Array.from(document.querySelectorAll("#list li"), (line) => {
        const mark = line.querySelector("input").checked ? "x " : "";
        return mark + line.querySelector("label").textContent;
      });
      return JSON.stringify(shown) === JSON.stringify(lines);
    }, lines);
  }

  /** Adds an item by the keyboard. */
  async add(title) {
    await this.tab.focus("#title");
    await this.tab.keyboard.type(title);
    await this.tab.keyboard.press("Enter");
  }

  async press(selector) {
    const button = await this.tab.waitForSelector(selector, { visible: true, timeout: LIMIT });
    await button.click();
  }

  /** Has the page receive a frame that the server never sent. */
  receive(data) {
    return this.run(
      (data) => natives.at(-1).dispatchEvent(new MessageEvent("message", { data })),
      data,
    );
  }

  /** What a red test wants to know. */
  async explain() {
    const shown = await this.run(() => ({
      strays,
      states: natives.map(({ readyState }) => readyState),
      text: document.body.textContent.slice(-800),
    }));
    return JSON.stringify({ ...shown, guard: this.guard.strays() }, null, 1);
  }

  /** Fails on anything that went wrong in the page. */
  async check() {
    this.guard.check(await this.run(() => strays));
  }

  close() {
    return within(20_000, "the window to close", this.tab.close());
  }
}
