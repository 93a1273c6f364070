// everywhere.mjs tautline tautline/websocket … --after react vue …
// Importing defines no global, in any runtime. The frameworks, which are not ours, come first.
import assert from "node:assert/strict";

const names = process.argv.slice(2);
const frameworks = names.splice(names.indexOf("--after"));
for (const name of frameworks.slice(1)) await import(name);

for (const name of names) {
  const before = strings();
  const entry = await import(name);
  assert.ok(Object.keys(entry).length > 0, name);
  assert.deepEqual(strings(), before, name);
}

// By strings: Node notes under a symbol that somebody has looked at its WebSocket class, as the drop-in class does.
function strings() {
  return Reflect.ownKeys(globalThis).filter((key) => typeof key === "string");
}
