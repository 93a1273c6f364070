// Wall time that never runs backwards. Wall time, because `performance.now()` stands still while a machine sleeps,
// and sleep is what a session must see.

import { scope } from "../scope.js";

let latest = 0;
let setBack = 0;

/** Milliseconds since 1970, moved on by whatever the wall clock was ever set back. */
export function now(): number {
  const time = scope.Date.now() + setBack;
  if (time < latest) setBack += latest - time;
  else latest = time;
  return latest;
}
