// Chromium with nothing attached but the one question that is asked of it. Playwright and Puppeteer switch on more
// (the Network domain and others), and the browser then reports every frame, in the time that is being measured.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { end, start, Trouble } from "../../scripts/lib/run.mjs";
import { chromiumBinary } from "../../tests/e2e/harness/paths.mjs";

const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-default-apps",
  "--disable-extensions",
  "--disable-sync",
  "--disable-breakpad",
  "--disable-dev-shm-usage",
  "--password-store=basic",
  "--use-mock-keychain",
  "--js-flags=--expose-gc",
  "--remote-debugging-pipe",
];

export async function launchChromium() {
  const profile = await mkdtemp(join(tmpdir(), "tautline-bench-"));
  const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"];
  const child = start(chromiumBinary(), [...FLAGS, `--user-data-dir=${profile}`, "about:blank"], {
    stdio,
  });
  const ask = speak(child);
  const close = async () => {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const timer = setTimeout(() => end(child, "SIGKILL"), 5_000);
    ask("Browser.close").catch(() => {});
    await ended;
    clearTimeout(timer);
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  const { product } = await ask("Browser.getVersion");
  return {
    name: "chromium",
    version: product.replace(/^\w+\//, "Chromium "),
    open: (url) => openPage(ask, url),
    close,
  };
}

/** The DevTools protocol over the pipe: JSON texts, each ended by a zero byte. */
function speak(child) {
  const [, , , out, back] = child.stdio;
  const waiting = new Map();
  let last = 0;
  let rest = "";
  const fail = (error) => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  out.on("error", fail);
  child.once("error", fail);
  child.once("exit", () => fail(new Trouble("Chromium ended by itself")));
  back.setEncoding("utf8").on("data", (chunk) => {
    const texts = (rest + chunk).split("\0");
    rest = texts.pop();
    for (const text of texts) {
      const { id, result, error } = JSON.parse(text);
      const asked = waiting.get(id);
      waiting.delete(id);
      if (error) asked?.reject(new Error(`${asked.method}: ${error.message}`));
      else asked?.resolve(result);
    }
  });
  return (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, { method, resolve, reject });
      out.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });
}

async function openPage(ask, url) {
  const { targetId } = await ask("Target.createTarget", { url });
  const { sessionId } = await ask("Target.attachToTarget", { targetId, flatten: true });
  const evaluate = async (expression) => {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails: failed } = await ask("Runtime.evaluate", params, sessionId);
    if (failed) throw new Error(failed.exception?.description ?? failed.text);
    return result.value;
  };
  /** JavaScript's and the DOM's heap together, in bytes. */
  const heap = async () => {
    const { usedSize, embedderHeapUsedSize } = await ask("Runtime.getHeapUsage", {}, sessionId);
    return usedSize + embedderHeapUsedSize;
  };
  /** Time that the main thread was on a processor, in ms, since the first call. */
  const cpu = async () => {
    await ask("Performance.enable", {}, sessionId);
    const { metrics } = await ask("Performance.getMetrics", {}, sessionId);
    return metrics.find(({ name }) => name === "ThreadTime").value * 1_000;
  };
  const close = () => ask("Target.closeTarget", { targetId });
  return { evaluate, heap, cpu, close };
}
