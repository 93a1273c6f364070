// node import.mjs tautline/websocket [--after framework] [--reads global]…
// Importing an entry does nothing: whatever it touched would throw, and what it left behind would differ. The framework it
// is for, which is not ours, comes first.
import assert from "node:assert/strict";
import { parseArgs } from "node:util";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    after: { type: "string" },
    reads: { type: "string", multiple: true, default: [] },
  },
});
const [name] = positionals;
if (values.after) await import(values.after);

const USED = ["WebAssembly", "WebSocket", "setTimeout", "setInterval", "queueMicrotask", "fetch"];
const PAGE = ["window", "document", "location", "navigator", "addEventListener"];
for (const global of [...USED, ...PAGE].filter((it) => !values.reads.includes(it))) {
  Object.defineProperty(globalThis, global, {
    configurable: true,
    get() {
      throw new Error(`importing ${name} reads ${global}`);
    },
  });
}

const before = globals();
const resources = process.getActiveResourcesInfo();
const entry = await import(name);
assert.ok(Object.keys(entry).length > 0);
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
  // Node makes some globals when they are first looked at.
  const isMade = (name) => values.reads.some((it) => `${name}.`.startsWith(`globalThis.${it}.`));
  const isSame = (name) => before.get(name)?.every((it, i) => Object.is(it, after.get(name)?.[i]));
  return [...names].filter((name) => !isSame(name) && !isMade(name));
}
