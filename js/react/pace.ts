// React renders a changed store at once, so a flood of messages would be a flood of renderings: the first change of a
// while is told at once, and those that follow together when it is over.

/** In ms: as often as most screens are drawn. Not by the frame, since hidden pages have none. */
const WHILE = 16;

/** The function by which the while is timed. Fake timers, as tests have them, take theirs along when they go. */
let counting: unknown;
let isShut = false;
const waiting = new Set<() => void>();

/** Calls `changed`, now or in a while; once, if it is asked to again meanwhile. */
export function pace(changed: () => void): void {
  const isCounting = counting === setTimeout;
  if (isShut && isCounting) {
    waiting.add(changed);
    return;
  }
  changed();
  if (isCounting) return;
  counting = setTimeout;
  isShut = false;
  // All that the same message changes is rendered together.
  queueMicrotask(() => {
    isShut = true;
  });
  setTimeout(() => {
    counting = undefined;
    const due = [...waiting];
    waiting.clear();
    due.forEach(pace);
  }, WHILE);
}
