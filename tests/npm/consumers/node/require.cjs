// require() gives the very module that import gives, and only what `exports` names.
const assert = require("node:assert/strict");

const required = require("tautline");
const resources = process.getActiveResourcesInfo();

import("tautline").then((imported) => {
  assert.equal(required.connect, imported.connect);
  assert.deepEqual(Object.keys(required).sort(), Object.keys(imported).sort());
  assert.equal(require("tautline/package.json").name, "tautline");
  assert.throws(() => require("tautline/pkg/index.js"), { code: "ERR_PACKAGE_PATH_NOT_EXPORTED" });
  assert.deepEqual(process.getActiveResourcesInfo(), resources);
});
