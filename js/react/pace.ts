// React renders a changed store at once, so a flood of messages would be a flood of renderings: the first change of a
// while is told at once, and those that follow together when it is over.

/** In ms: as often as most screens are drawn. Not by the frame, since hidden pages have none. */
const WHILE = 16;

let isCounting = false;
let isShut = false;
const waiting = new Set<() => void>();

/** Calls `changed`, now or in a while; once, if it is asked to again meanwhile. */
export function pace(changed: () => void): void {
  if (isShut) {
    waiting.add(changed);
    return;
  }
  changed();
  if (isCounting) return;
  isCounting = true;
  // All that the same message changes is rendered together.
  queueMicrotask(() => {
    isShut = true;
  });
  setTimeout(() => {
    isCounting = false;
    isShut = false;
    const due = [...waiting];
    waiting.clear();
    for (const it of due) pace(it);
  }, WHILE);
}
