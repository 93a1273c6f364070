// node refused.mjs <address that resets> <address that answers 503> <address that never answers> [ws]
// Dials that fail in every way: each is told as what it is, and none ends the process or keeps it alive.
import assert from "node:assert/strict";
import { connect } from "tautline";

const [reset, http, silent, library] = process.argv.slice(2);
const options = library ? { WebSocket: (await import(library)).WebSocket } : {};

const closed = (url, more) =>
  new Promise((resolve) => {
    const socket = connect(url, { ...options, maxAttempts: 1, ...more });
    const causes = [];
    socket.addEventListener("state", ({ state }) => {
      if (state.name === "waiting") socket.reconnect();
      if (state.name === "waiting" || state.name === "closed") causes.push(state.cause?.kind);
    });
    socket.addEventListener("close", () => resolve(causes));
  });

// Nobody listens on port 1 of this machine.
for (const url of ["ws://127.0.0.1:1", reset, http]) {
  assert.deepEqual(await closed(url), ["refused", "refused"], url);
}
assert.equal((await closed(silent, { connectTimeout: 200 }))[0], "connect-timeout");

const left = connect(silent, options);
await new Promise((resolve) => setImmediate(resolve)); // it is being dialled
await left.close();
assert.equal(left.state.why, "user");
