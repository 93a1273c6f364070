import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { connect } from "../index.js";
import { resolveUrl } from "../url.js";
import { FakeWebSocket } from "./fakes.js";

const SECURE = 1;
const LOOPBACK = 2;
const PAGE_SECURE = 8;

function onPage(href: string) {
  const { origin } = new URL(href);
  Object.assign(globalThis, { location: new URL(href), origin });
}

afterEach(() => {
  Object.assign(globalThis, { location: undefined, origin: undefined, document: undefined });
});

for (const [input, page, href] of [
  ["wss://example.com/a?b#c", "https://page.test/", "wss://example.com/a?b"],
  ["https://example.com/a", "https://page.test/", "wss://example.com/a"],
  ["http://localhost:8080/", "http://page.test/", "ws://localhost:8080/"],
  ["/live", "https://page.test/deep/er", "wss://page.test/live"],
  ["live?x=1#", "http://127.0.0.1:5/deep/er", "ws://127.0.0.1:5/deep/live?x=1"],
  ["//other.test/x", "https://page.test/", "wss://other.test/x"],
] as const) {
  test(`${input} on ${page} dials ${href}`, () => {
    onPage(page);
    assert.equal(resolveUrl(input)[0].href, href);
    assert.equal(resolveUrl(new URL(input, page))[0].href, href);
  });
}

test("relative addresses follow the document's base", () => {
  onPage("https://page.test/a/b");
  Object.assign(globalThis, { document: { baseURI: "https://base.test/x/" } });
  assert.equal(resolveUrl("live")[0].href, "wss://base.test/x/live");
});

test("the engine learns what is secure and what is this machine", () => {
  for (const [input, facts] of [
    ["wss://example.com/", SECURE],
    ["ws://example.com/", 0],
    ["ws://localhost/", LOOPBACK],
    ["ws://app.localhost./", LOOPBACK],
    ["ws://127.9.9.9/", LOOPBACK],
    ["ws://127.1/", LOOPBACK],
    ["wss://[::1]:1/", LOOPBACK | SECURE],
    ["ws://localhost.example.com/", 0],
    ["ws://notlocalhost/", 0],
    ["ws://127.0.0.1.example.com/", 0],
  ] as const) {
    assert.equal(resolveUrl(input)[1], facts, input);
  }
  onPage("https://page.test/");
  assert.equal(resolveUrl("ws://example.com/")[1], PAGE_SECURE);
});

test("from an http page, plain ws: off loopback is warned of once", (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  onPage("http://page.test/");
  resolveUrl("wss://example.com/");
  resolveUrl("ws://localhost/");
  assert.equal(warn.mock.callCount(), 0);
  resolveUrl("ws://example.com/?token=hunter2");
  resolveUrl("ws://example.com/");
  assert.equal(warn.mock.callCount(), 1);
  assert.match(String(warn.mock.calls[0]?.arguments), /wss:/);
  assert.doesNotMatch(String(warn.mock.calls[0]?.arguments), /hunter2/);
});

test("what cannot be dialled is refused at once, without showing it", () => {
  for (const input of [
    "/live?token=hunter2",
    "ftp://hunter2:x@example.com/",
    "ws://[hunter2",
    "",
  ]) {
    assert.throws(
      () => connect(input, { WebSocket: FakeWebSocket }),
      (error: Error) => /^url: got /.test(error.message) && !/hunter2/.test(error.message),
      input,
    );
  }
});
