/** Waits until the page's script has run. */
export async function started(page) {
  for (let tries = 0; tries < 100; tries++) {
    // A page that is just being exchanged for the next has no place to ask in.
    if (await page.evaluate("typeof bench === 'object'").catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the page's script did not start within 5 s");
}
