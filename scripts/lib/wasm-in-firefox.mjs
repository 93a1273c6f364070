// wasm-bindgen-test in stock Firefox without geckodriver: the runner serves its page, and puppeteer opens
// it over WebDriver BiDi and reads what the page reports.
import { WASM } from "./cargo.mjs";
import { end, start } from "./run.mjs";

const BUILD_LIMIT = 900_000;
const TEST_LIMIT = 300_000;
/** Less than the browser is given to answer one question. */
const ROUND = 20_000;

/** Runs `cargo test` with each of `runs`, the arguments for one test binary; resolves with [{ code, output }]. */
export async function testInFirefox(runs, env) {
  const { launchFirefox } = await import("../../tests/e2e/harness/browsers.mjs");
  const browser = await launchFirefox();
  try {
    const results = [];
    for (const args of runs) results.push(await testIn(browser, args, env));
    return results;
  } finally {
    await browser.close();
  }
}

async function testIn(browser, args, env) {
  const runner = start("cargo", ["test", ...args], {
    env: { ...env, NO_HEADLESS: "1", WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let page;
  try {
    const { url, output } = await address(runner);
    if (!url) return { code: 1, output };
    page = await browser.newTab();
    await page.goto(url);
    const text = `${await report(page)}\n`;
    process.stdout.write(text);
    return { code: /^test result: ok/m.test(text) ? 0 : 1, output: text };
  } catch (error) {
    console.error(
      `error: the ${WASM} tests did not end in Firefox: ${error.message}`,
      error.cause ?? "",
    );
    return { code: 1, output: "" };
  } finally {
    await page?.close();
    end(runner);
  }
}

/** The whole report, asked for again and again until the tests are done. */
async function report(page) {
  const end = Date.now() + TEST_LIMIT;
  for (;;) {
    try {
      const found = await page.waitForFunction(finished, { timeout: ROUND });
      return await found.jsonValue();
    } catch (error) {
      if (error.name !== "TimeoutError" || Date.now() > end) throw error;
    }
  }
}

/** Waits for the runner to name its page; without a URL it ended before (a build that fails, for one). */
function address(runner) {
  return new Promise((resolve) => {
    let output = "";
    const timer = setTimeout(() => resolve({ output }), BUILD_LIMIT);
    const done = (url) => {
      clearTimeout(timer);
      resolve({ url, output });
    };
    const hear = (to) => (chunk) => {
      to.write(chunk);
      output += chunk;
      const found = /available at (http:\/\/\S+)/.exec(output);
      if (found) done(found[1]);
    };
    runner.stdout.on("data", hear(process.stdout));
    runner.stderr.on("data", hear(process.stderr));
    runner.once("error", () => done());
    runner.once("close", () => done());
  });
}

/** In the page: the whole report, once the line with the result is there. */
function finished() {
  const text = document.getElementById("output")?.textContent ?? "";
  return text.includes("test result: ") && text;
}
