// node --experimental-vm-modules bare.mjs tautline tautline/websocket …
// Imports every entry where there is hardly anything: the language itself, EventTarget and Event. No page, no timer, no
// WebSocket, no WebAssembly, and a global scope that is no EventTarget.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { createContext, runInContext, SourceTextModule, SyntheticModule } from "node:vm";

const context = createContext({ EventTarget, Event });
runInContext("delete globalThis.WebAssembly; delete globalThis.console", context);
for (const missing of [
  "window",
  "self",
  "navigator",
  "WebSocket",
  "setTimeout",
  "addEventListener",
])
  assert.equal(runInContext(`typeof ${missing}`, context), "undefined");

const modules = new Map();

/** The module of that address in the context; frameworks stay outside of it. */
async function load(url) {
  const source = await readFile(fileURLToPath(url), "utf8");
  const module = new SourceTextModule(source, { identifier: url, context });
  modules.set(url, module);
  return module;
}

async function link(specifier, { identifier }) {
  if (specifier.startsWith(".")) {
    const url = new URL(specifier, identifier).href;
    return modules.get(url) ?? load(url);
  }
  const outside = await import(specifier);
  const keys = Object.keys(outside);
  return new SyntheticModule(
    keys,
    function fill() {
      for (const key of keys) this.setExport(key, outside[key]);
    },
    { context },
  );
}

const namespaces = {};
for (const name of process.argv.slice(2)) {
  const url = import.meta.resolve(name);
  const module = modules.get(url) ?? (await load(url));
  if (module.status === "unlinked") await module.link(link);
  await module.evaluate();
  namespaces[name] = module.namespace;
  assert.ok(Object.keys(module.namespace).length > 0, name);
}

// What cannot work there says so, in the words of its own errors.
const { connect, OptionError, WasmUnavailable } = namespaces.tautline;
Object.assign(context, { URL, AbortController });
class Native extends EventTarget {}
assert.ok(thrown(() => connect("ws://127.0.0.1/")) instanceof OptionError);
const unavailable = thrown(() => connect("ws://127.0.0.1/", { WebSocket: Native }));
assert.ok(unavailable instanceof WasmUnavailable, unavailable);

/** assert.throws() takes no classes of another realm. */
function thrown(work) {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
