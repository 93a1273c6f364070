import * as Y from "yjs";
import { Heard } from "./wait.js";

/** Two documents, kept in step by the server: what one writes, the other reads. */
export function pair(mine) {
  const other = new Y.Doc();
  const heard = new Heard();
  const read = other.getMap("said");
  read.observe(({ keysChanged }) => {
    for (const key of keysChanged) heard.add(read.get(key));
  });
  return {
    other,
    talk(text) {
      mine.getMap("said").set(text, text.toUpperCase());
      return Promise.all([heard.has(text.toUpperCase())]);
    },
  };
}
