// Importing does nothing: whatever it touched would throw, and what it left behind would differ.
import assert from "node:assert/strict";

const USED = ["WebAssembly", "WebSocket", "setTimeout", "setInterval", "queueMicrotask", "fetch"];
const PAGE = ["window", "document", "location", "navigator", "addEventListener"];
for (const name of [...USED, ...PAGE]) {
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get() {
      throw new Error(`importing reads ${name}`);
    },
  });
}

const before = globals();
const resources = process.getActiveResourcesInfo();
const tautline = await import("tautline");
assert.equal(typeof tautline.connect, "function");
assert.deepEqual(globals(), before);
assert.deepEqual(process.getActiveResourcesInfo(), resources);

/** Every global and every member of the built-in classes, without calling a getter. */
function globals() {
  const own = Object.getOwnPropertyDescriptors(globalThis);
  const classes = Object.values(own).flatMap(({ value }) =>
    typeof value === "function" ? [value, value.prototype] : [],
  );
  return [own, ...classes.map((it) => it && Object.getOwnPropertyDescriptors(it))];
}
