// Signals of the page and the network, from the global scope and, in a page, its document.

import { SIGNALS } from "../wire.js";

const SCOPE_EVENTS = ["online", "offline", "pagehide", "pageshow"];
const DOCUMENT_EVENTS = ["visibilitychange", "freeze", "resume"];

const hidden = () => globalThis.document?.hidden;

/** Calls `act` with each target that there is and the events to hear of it. */
const each = (act: (target: EventTarget, type: string) => void) => {
  const visit = (target: EventTarget | undefined, types: string[]) => {
    // Node's global scope, for one, is no event target.
    if (target?.addEventListener as unknown)
      for (const type of types) act(target as EventTarget, type);
  };
  visit(globalThis as unknown as EventTarget, SCOPE_EVENTS);
  visit(globalThis.document, DOCUMENT_EVENTS);
};

/** Reports signals by their places in SIGNALS: first what already holds. Returns what ends it. */
export function listen(report: (signal: number) => void): () => void {
  const hear = ({ type, persisted }: Event & { persisted?: boolean }) => {
    // A page that does not enter the back/forward cache is gone for good.
    if (persisted === false) return;
    report(SIGNALS.indexOf((type[0] !== "v" ? type : hidden() ? "hidden" : "shown") as "online"));
  };
  each((target, type) => {
    target.addEventListener(type, hear);
  });
  if (hidden()) report(SIGNALS.indexOf("hidden"));
  if (globalThis.navigator?.onLine === false) report(SIGNALS.indexOf("offline"));
  return () => {
    each((target, type) => {
      target.removeEventListener(type, hear);
    });
  };
}
