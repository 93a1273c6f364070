import { OptionError } from "./errors.js";
import { scope } from "./scope.js";

// What the engine learns of an address, as bits.
const SECURE = 1;
const LOOPBACK = 2;
const PAGE_SECURE = 8;

let warned = false;

/** Reads an address as the WHATWG standard says: relative to the page, `http(s):` for `ws(s):`, no fragment. */
export function resolveUrl(input: unknown): [url: URL, facts: number] {
  const { document, location, origin } = scope;
  let url: URL | undefined;
  try {
    url = new URL(input as string, document?.baseURI ?? location?.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.hash = "";
  } catch {}
  if (!url || !/^wss?:$/.test(url.protocol)) {
    throw new OptionError("url", input, "a ws: or wss: address; a relative one needs a page");
  }
  const secure = url.protocol === "wss:";
  const loopback = /^((.+\.)?localhost\.?|127(\.\d+){3}|\[::1])$/.test(url.hostname);
  if (!secure && !loopback && !warned && /^http:/.test(origin as string)) {
    warned = true;
    console.warn("tautline: ws: is not encrypted: use wss:");
  }
  const facts =
    (secure ? SECURE : 0) +
    (loopback ? LOOPBACK : 0) +
    (/^https:/.test(origin as string) ? PAGE_SECURE : 0);
  return [url, facts];
}
