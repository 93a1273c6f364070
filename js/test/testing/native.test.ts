// The class of the kit, as a browser's: see the WHATWG WebSockets standard.
import assert from "node:assert/strict";
import { test } from "node:test";
import { raw } from "../../index.js";
import { ADDRESS, makeKit } from "./setup.js";

/** A native socket and every event of it. */
function dialled(kit = makeKit(), url = ADDRESS, protocols?: string | string[]) {
  const native = new kit.WebSocket(url, protocols);
  const events: string[] = [];
  for (const type of ["open", "message", "error", "close"] as const) {
    native.addEventListener(type, (event) => {
      assert.equal(event.target, native);
      const { code, reason, wasClean } = event as CloseEvent;
      const rest = type === "close" ? ` ${code} ${reason} ${wasClean}` : "";
      events.push(`${type} ${native.readyState}${rest}`);
    });
  }
  return { kit, native, events };
}

const named = (name: string) => (error: unknown) =>
  error instanceof DOMException && error.name === name;

test("the constructor checks address and subprotocols as the standard says", () => {
  const { WebSocket } = makeKit({ page: "https://app.example/a/" });
  assert.equal(new WebSocket("b?c=d#e").url, "wss://app.example/a/b?c=d");
  assert.equal(new WebSocket("http://example.com").url, "ws://example.com/");
  for (const url of ["ftp://example.com/", "wss://", "mailto:a@b"]) {
    assert.throws(() => new WebSocket(url), named("SyntaxError"), url);
  }
  for (const protocols of ["", "a b", "a,b", ["a", "a"], ["ä"]]) {
    assert.throws(() => new WebSocket(ADDRESS, protocols), named("SyntaxError"), `${protocols}`);
  }
  const plain = makeKit().WebSocket;
  assert.throws(() => new plain("live"), named("SyntaxError"));
});

test("constants, attributes and defaults are those of the browser", () => {
  const { kit, native } = dialled();
  const names = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"] as const;
  for (const [value, name] of names.entries()) {
    assert.deepEqual([(kit.WebSocket as never)[name], native[name]], [value, value]);
  }
  assert.deepEqual(
    [native.readyState, native.protocol, native.extensions, native.bufferedAmount],
    [0, "", "", 0],
  );
  assert.equal(native.binaryType, "blob");
  native.binaryType = "nonsense" as never;
  assert.equal(native.binaryType, "blob");
  assert.deepEqual([native.onopen, native.onclose], [null, null]);
  assert.ok(native instanceof EventTarget);
});

test("it opens in a task of its own, and a message has data and origin", async () => {
  const { kit, native, events } = dialled(undefined, ADDRESS, ["a", "b"]);
  assert.throws(() => native.send("x"), named("InvalidStateError"));
  assert.deepEqual(events, []);
  const peer = await kit.accept(undefined, { protocol: "b" });
  assert.deepEqual(events, ["open 1"]);
  assert.equal(native.protocol, "b");
  const got: unknown[] = [];
  native.onmessage = ({ data, origin }) => got.push(data, origin);
  peer.say(raw("hi"));
  assert.deepEqual(got, ["hi", "wss://example.com"]);
  peer.say(raw(new Uint8Array([1, 2])));
  assert.equal((got[2] as unknown as Blob).size, 2);
  native.binaryType = "arraybuffer";
  peer.say(raw(new Uint8Array([1, 2]).subarray(1)));
  assert.deepEqual(new Uint8Array(got[4] as unknown as ArrayBuffer), new Uint8Array([2]));
});

test("handlers are attributes: one each, at the place of the first, null when it is none", async () => {
  const { kit, native } = dialled();
  const seen: string[] = [];
  native.onopen = () => seen.push("first");
  native.addEventListener("open", () => seen.push("listener"));
  native.onopen = function (this: unknown) {
    seen.push(`second ${this === native}`);
  };
  native.onclose = "no function" as never;
  assert.equal(native.onclose, null);
  await kit.accept();
  assert.deepEqual(seen, ["second true", "listener"]);
  native.onopen = null;
  assert.equal(native.onopen, null);
});

test("a refused dial is an error and a close 1006, and so is one that is closed before", async () => {
  const kit = makeKit();
  kit.refuse();
  const refused = dialled(kit);
  const closed = dialled(kit);
  closed.native.close(4000, "early");
  assert.equal(closed.native.readyState, 2);
  assert.deepEqual([refused.events, closed.events], [[], []]);
  await kit.settle();
  for (const { events } of [refused, closed]) {
    assert.deepEqual(events, ["error 3", "close 3 1006  false"]);
  }
});

test("close() checks code and reason, and its handshake takes a task", async () => {
  const { kit, native, events } = dialled();
  const peer = await kit.accept();
  for (const code of [0, 999, 1001, 1006, 2999, 5000]) {
    assert.throws(() => native.close(code), named("InvalidAccessError"), `${code}`);
  }
  assert.throws(() => native.close(1000, "é".repeat(62)), named("SyntaxError"));
  native.close(4001, "done");
  native.close(4002);
  assert.equal(native.readyState, 2);
  native.send("lost");
  assert.equal(native.bufferedAmount, 4);
  await kit.settle();
  assert.deepEqual(events, ["open 1", "close 3 4001 done true"]);
  assert.deepEqual([peer.closed?.code, peer.received], [4001, []]);
  const bare = dialled(kit);
  const other = await kit.accept();
  bare.native.close();
  await kit.settle();
  assert.deepEqual(bare.events.at(-1), "close 3 1005  true");
  assert.equal(other.closed?.code, 1005);
});

test("a server's close is clean, a broken connection is an error and 1006", async () => {
  const kit = makeKit();
  const closed = dialled(kit);
  (await kit.accept()).close(1011, "oops");
  const bare = dialled(kit);
  (await kit.accept()).close(1005);
  const dropped = dialled(kit);
  (await kit.accept()).drop();
  assert.deepEqual(closed.events, ["open 1", "close 3 1011 oops true"]);
  assert.deepEqual(bare.events, ["open 1", "close 3 1005  true"]);
  assert.deepEqual(dropped.events, ["open 1", "error 3", "close 3 1006  false"]);
});

test("a stalled connection holds bytes of UTF-8, and its close ends after 60 s", async () => {
  const { kit, native, events } = dialled();
  const peer = await kit.accept();
  native.send("größer");
  assert.equal(native.bufferedAmount, 0);
  peer.stall();
  native.send("größer");
  native.send(new Uint8Array(3));
  native.send(new Uint8Array(5).buffer);
  native.send(new Blob(["ab"]));
  assert.equal(native.bufferedAmount, 8 + 3 + 5 + 2);
  native.close();
  await kit.advance(59_999);
  assert.deepEqual(events, ["open 1"]);
  await kit.advance(1);
  assert.deepEqual(events.slice(1), ["error 3", "close 3 1006  false"]);
  assert.equal(peer.received.length, 1);
});
