/** Waits until the page's script has run. */
export async function started(page) {
  for (let tries = 0; tries < 100; tries++) {
    if (await page.evaluate("typeof bench === 'object'")) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the page's script did not start within 5 s");
}
