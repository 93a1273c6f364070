// Where the examples of the guides connect to: the test server's echo, under the path as a label.

const There = WebSocket;

globalThis.WebSocket = class extends There {
  constructor(url: string | URL, protocols?: string | string[]) {
    const { pathname } = new URL(url);
    const echo = new URL("/ws/echo", location.href.replace("http", "ws"));
    echo.searchParams.set("client", pathname.slice(1).replaceAll("/", "-"));
    super(echo, protocols);
  }
};

declare const kit: { note(what: string): void };

/** Says that the page is ready, and then whenever it changes. */
export function ready() {
  const whatever = { attributes: true, characterData: true, childList: true, subtree: true };
  new MutationObserver(() => kit.note("dom")).observe(document, whatever);
  kit.note("loaded");
}
