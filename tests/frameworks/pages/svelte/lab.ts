// Svelte's stores, the store of a socket and the package in the hands of the tests.
import * as stores from "svelte/store";
import * as tautline from "tautline";
import { socketStore } from "tautline/svelte";

declare const kit: { note(what: string): void };

const ends: (() => void)[] = [];

/** Subscribes until the test is over, or the returned function is called. */
function watch<T>(store: stores.Readable<T>): { values: T[]; end: () => void } {
  const values: T[] = [];
  const end = store.subscribe((value) => {
    values.push(value);
    kit.note("value");
  });
  ends.push(end);
  return { values, end };
}

function unmount() {
  for (const end of ends.splice(0)) end();
}

Object.assign(globalThis, { lab: { ...stores, socketStore, tautline, watch, ends, unmount } });
kit.note("loaded");
