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
assert.deepEqual(changes(before, globals()), []);
assert.deepEqual(process.getActiveResourcesInfo(), resources);

/** Every global and every member of the built-in classes, by name; no getter is called. */
function globals() {
  const own = members("globalThis", globalThis);
  const classes = own.filter(([, value]) => typeof value === "function");
  const inside = classes.flatMap(([name, value]) => [
    ...members(name, value),
    ...members(`${name}.prototype`, value.prototype ?? {}),
  ]);
  return new Map([...own, ...inside].map(([name, ...parts]) => [name, parts]));
}

function members(owner, object) {
  const all = Object.getOwnPropertyDescriptors(object);
  return Reflect.ownKeys(all).map((key) => {
    const { value, get, set } = all[key];
    return [`${owner}.${String(key)}`, value, get, set];
  });
}

function changes(before, after) {
  const names = new Set([...before.keys(), ...after.keys()]);
  const isSame = (name) => before.get(name)?.every((it, i) => Object.is(it, after.get(name)?.[i]));
  return [...names].filter((name) => !isSame(name));
}
