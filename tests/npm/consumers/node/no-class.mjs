// Without a WebSocket class, connect() says at once which option is missing.
import assert from "node:assert/strict";
import { connect, OptionError } from "tautline";

assert.equal(globalThis.WebSocket, undefined);
assert.throws(
  () => connect("ws://127.0.0.1/"),
  (error) => {
    assert.ok(error instanceof OptionError);
    assert.equal(error.code, "option");
    assert.match(error.message, /^options\.WebSocket: .* expected a WebSocket class/);
    return true;
  },
);
