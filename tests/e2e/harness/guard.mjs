// Fails a test on anything it did not ask for: an uncaught error, an unhandled rejection, a console
// error or warning. What a test provokes on purpose it names with `allow`.

// The browsers' own words about a WebSocket that failed; no page can prevent them.
const BROWSERS_OWN = [
  /WebSocket connection to .* failed/,
  /can.t establish a connection to the server at ws/,
  /The connection to ws\S+ was interrupted while the page was loading/,
];

export class Guard {
  #seen = [];
  #allowed = [...BROWSERS_OWN];

  watch(page) {
    page.on("console", (message) => {
      const kind = message.type();
      if (kind === "error" || kind === "warn" || kind === "warning") {
        const { url = "" } = message.location();
        this.#seen.push(`console ${kind}: ${message.text()} ${url}`);
      }
    });
    page.on("pageerror", (error) => this.#seen.push(`page error: ${error.message ?? error}`));
    page.on("error", (error) => this.#seen.push(`page crashed: ${error.message}`));
  }

  /** Declares what this test provokes on purpose. */
  allow(pattern) {
    this.#allowed.push(pattern);
  }

  /** All strays so far; `own` are those that the page itself collected. */
  strays(own = []) {
    return [...this.#seen, ...own].filter((text) => !this.#allowed.some((it) => it.test(text)));
  }

  check(own = []) {
    const strays = this.strays(own);
    if (strays.length > 0) throw new Error(`stray errors in the page:\n  ${strays.join("\n  ")}`);
  }
}
