// What exists once in a page, whatever engines it has: the classes of errors, so that `instanceof` holds for all of them,
// and the global scope, so that a test that replaces it does so for all. A file of its own in the package (`pkg/shared.js`),
// which the entries with an engine import; it is no entry.

export * from "./errors.js";
export { scope, setScope } from "./scope.js";
