// node require.cjs tautline tautline/websocket …
// require() gives the very modules that import gives, and only what `exports` names.
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");

const names = process.argv.slice(2);
const required = names.map((name) => require(name));
const resources = process.getActiveResourcesInfo();

Promise.all(names.map((name) => import(name))).then((imported) => {
  for (const [i, name] of names.entries()) {
    const keys = Object.keys(required[i]);
    assert.ok(keys.length > 0, name);
    assert.deepEqual(keys.sort(), Object.keys(imported[i]).sort(), name);
    for (const key of keys) assert.equal(required[i][key], imported[i][key], `${name}: ${key}`);
  }
  assert.equal(require("tautline/package.json").name, "tautline");
  assert.ok(WebAssembly.validate(readFileSync(require.resolve("tautline/tautline.wasm"))));
  assert.throws(() => require("tautline/pkg/index.js"), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" });
  assert.deepEqual(process.getActiveResourcesInfo(), resources);
});
