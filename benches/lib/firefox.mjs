// Firefox as the end-to-end tests start it: over WebDriver BiDi, which leaves the pages' own code alone.
import { launch } from "../../tests/e2e/harness/browsers.mjs";

export async function launchFirefox() {
  const browser = await launch("firefox");
  const version = (await browser.version()).replace(/^firefox\//i, "Firefox ");
  return {
    name: "firefox",
    version,
    open: async (url) => {
      const page = await browser.newWindow();
      await page.goto(url);
      return { evaluate: (expression) => page.evaluate(expression), close: () => page.close() };
    },
    close: () => browser.close(),
  };
}
