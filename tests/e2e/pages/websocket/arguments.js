// The constructor: conversions, addresses, subprotocols.
import { address, each, echo, next, ok, open, opened, same, throws } from "./kit.js";

const { host, port } = location;

export const arguments_ = {
  "constructor: without arguments": () => throws("TypeError", () => new WebSocket()),
  "constructor: without new": () => throws("TypeError", () => WebSocket(echo())),
  "constructor: a third argument that is no object is ignored": async (made) => {
    await opened(made, echo(), [], "stray");
  },
  "constructor: undefined is a relative address": (made) => {
    const socket = new WebSocket(undefined);
    made.push(socket);
    same(socket.url, new URL("undefined", location).href.replace("http", "ws"));
  },
  "constructor: a text object is a list of characters": (made) => {
    open(made, echo(), Object("abc"));
    throws("SyntaxError", () => new WebSocket(echo(), Object("aa")));
  },
  "constructor: undefined subprotocols are none": (made) => opened(made, echo(), undefined),
  "constructor: a subclass": async (made) => {
    class Mine extends WebSocket {
      mine() {
        return this.url;
      }
    }
    const socket = new Mine(echo());
    made.push(socket);
    ok(socket instanceof Mine && socket instanceof WebSocket, "instanceof");
    same(socket.mine(), echo());
    await next(socket, "open");
  },
  "constructor: converts the address once, before the subprotocols": (made) => {
    const order = [];
    const url = { toString: () => order.push("url") && echo() };
    const protocol = { toString: () => order.push("protocol") && "echo" };
    open(made, url, [protocol]);
    same(order, ["url", "protocol"]);
  },
  "constructor: passes on what conversions throw": () => {
    const bad = {
      toString() {
        throw new RangeError("mine");
      },
    };
    for (const given of [[bad], [echo(), bad], [echo(), [bad]]]) {
      let found;
      try {
        new WebSocket(...given);
      } catch (error) {
        found = error;
      }
      ok(found instanceof RangeError, "what the conversion threw is lost");
    }
  },
  "constructor: a symbol is no text": () => {
    throws("TypeError", () => new WebSocket(Symbol("url")));
    throws("TypeError", () => new WebSocket(echo(), Symbol("protocol")));
    throws("TypeError", () => new WebSocket(echo(), [Symbol("protocol")]));
  },
  "constructor: a URL object": (made) => opened(made, new URL(echo())),

  ...each(
    "no address",
    [
      "ws://foo bar.com/",
      "wss://foo bar.com/",
      "ftp://example.com/",
      "mailto:a@example.com",
      "about:blank",
      "data:text/plain,a",
      "blob:null/1",
      "javascript:1",
      "invalid-scheme://example.com/",
      "ws://example.com:99999/",
      "ws://",
      "wss://",
      "http://",
      "ws://[::1",
      "//",
      "file:///a",
      "unknown:a",
    ],
    (_, url) => throws("SyntaxError", () => new WebSocket(url)),
  ),
  ...each(
    "no address with a fragment",
    ["#", "#test", "/ws/echo#", "/ws/echo#a", `ws://${host}/#`, `http://${host}/#a`],
    (_, url) => throws("SyntaxError", () => new WebSocket(url)),
  ),
  "no address: the address is judged before the subprotocols": () => {
    throws("SyntaxError", () => new WebSocket("about:blank", ["a", "a"]));
  },
  ...each(
    "address",
    [
      ["absolute", `ws://${host}/ws/echo`, `ws://${host}/ws/echo`],
      ["http", `http://${host}/ws/echo`, `ws://${host}/ws/echo`],
      ["relative path", "/ws/echo", `ws://${host}/ws/echo`],
      [
        "relative without slash",
        "ws/echo",
        new URL("ws/echo", location).href.replace("http", "ws"),
      ],
      ["query alone", "?a", new URL("?a", location).href.replace("http", "ws")],
      ["scheme-relative", `//${host}/ws/echo`, `ws://${host}/ws/echo`],
      ["empty", "", location.href.replace("http", "ws")],
      ["null", null, new URL("null", location).href.replace("http", "ws")],
      ["upper case", `WS://${host}/ws/echo`, `ws://${host}/ws/echo`],
      ["spaces around", `  ws://${host}/ws/echo\n`, `ws://${host}/ws/echo`],
      ["few slashes", `ws:/${host}/ws/echo`, `ws://${host}/ws/echo`],
      ["backslashes", `ws:\\\\${host}\\ws\\echo`, `ws://${host}/ws/echo`],
      ["no path", `ws://${host}`, `ws://${host}/`],
      ["dots", `ws://${host}/a/../ws/./echo`, `ws://${host}/ws/echo`],
      ["a space in the path", `ws://${host}/ws/ec ho`, `ws://${host}/ws/ec%20ho`],
      ["not ASCII", `ws://${host}/ws/é?é`, `ws://${host}/ws/%C3%A9?%C3%A9`],
      ["half a surrogate pair", `ws://${host}/\ud800`, `ws://${host}/%EF%BF%BD`],
      ["a NUL", `ws://${host}/ws/echo?\0a`, `ws://${host}/ws/echo?%00a`],
      ["default port", "ws://127.0.0.1:80/", "ws://127.0.0.1/"],
      ["default port of wss", "wss://127.0.0.1:443/", "wss://127.0.0.1/"],
      ["default port of http", "http://127.0.0.1:80/", "ws://127.0.0.1/"],
      ["the other's default port", "wss://127.0.0.1:80/", "wss://127.0.0.1:80/"],
      ["https", `https://${host}/`, `wss://${host}/`],
      ["upper case host", `ws://LOCALHOST:${port}/`, `ws://localhost:${port}/`],
      ["decimal host", `ws://2130706433:${port}/`, `ws://127.0.0.1:${port}/`],
    ],
    (made, given, expected) => same(open(made, given).url, expected, "url"),
  ),
  ...each(
    "address that works",
    [`ws://${host}/ws/echo`, `http://${host}/ws/echo`, "/ws/echo", `//${host}/ws/echo`],
    async (made, url) => {
      const socket = await opened(made, url);
      socket.send("a");
      same((await next(socket, "message")).data, "a");
    },
  ),
  "address: relative to the base of the document": (made) => {
    const base = document.createElement("base");
    base.href = "/other/place/";
    document.head.append(base);
    try {
      same(open(made, "echo").url, `ws://${host}/other/place/echo`);
    } finally {
      base.remove();
    }
  },
  "address: a blocked port is an error, not an exception": async (made) => {
    const socket = open(made, "ws://127.0.0.1:22/");
    same(socket.readyState, 0);
    same((await next(socket, "close")).code, 1006);
  },

  ...each(
    "no subprotocol",
    [
      ["empty text", ""],
      ["empty text in a list", [""]],
      ["null in a list beside itself", [null, null]],
      ["repeated", ["echo", "echo"]],
      ["control character", "a\u0001"],
      ["NUL", "\0"],
      ["DEL", "\x7f"],
      ["tab", "\t"],
      ["not ASCII", "\u0080"],
      ["beyond Latin 1", "\u1234"],
      ["object", {}],
      ...Array.from(' "(),/:;<=>?@[\\]{}', (it) => [JSON.stringify(it), it]),
      ["with a separator inside", "a/b"],
      ["two in one text", "a, b"],
    ],
    (_, protocols) => throws("SyntaxError", () => new WebSocket(echo(), protocols)),
  ),
  ...each(
    "subprotocol",
    [
      ["text", "echo", "echo"],
      ["list", ["echo"], "echo"],
      ["several", ["foo", "echo"], "echo"],
      ["none", [], ""],
      ["iterable", new Set(["echo", "foo"]), "echo"],
      ["other spelling is another", ["Echo", "echo"], "echo"],
      ["array-like that is none", { toString: () => "echo", 0: "foo", length: 1 }, "echo"],
      ["null is a text", [null, "echo"], "echo"],
      ["every token character", ["!#$%&'*+-.^_`|~09azAZ", "echo"], "echo"],
    ],
    async (made, protocols, expected) => {
      const socket = open(made, echo(), protocols);
      same(socket.protocol, "", "protocol while connecting");
      await next(socket, "open");
      same(socket.protocol, expected, "protocol");
    },
  ),
  "subprotocol: one that was not offered is an error": async (made) => {
    const socket = open(made, echo({ protocol: "foo" }), "echo");
    same((await next(socket, "close")).code, 1006);
  },
  "subprotocol: one where none was offered is an error": async (made) => {
    const socket = open(made, address("/ws/echo", { protocol: "foo" }));
    const { type, code } = await Promise.race([next(socket, "close"), next(socket, "open")]);
    same(type, "close", "event");
    same(code, 1006);
  },
  "subprotocol: outlives the connection": async (made) => {
    const socket = await opened(made, echo(), "echo");
    socket.close();
    await next(socket, "close");
    same(socket.protocol, "echo");
  },
};
