// Signals of the page and the network, from the global scope and, in a page, its document.

import { scope } from "../scope.js";
import { SIGNALS } from "../wire.js";

const SCOPE_EVENTS = ["online", "offline", "pagehide", "pageshow"];
const DOCUMENT_EVENTS = ["visibilitychange", "freeze", "resume"];

/** Reports signals by their places in SIGNALS: first what already holds. Returns what ends it. */
export function listen(report: (signal: number) => void): () => void {
  const { document, navigator } = scope;
  const targets = [
    [scope as unknown as EventTarget, SCOPE_EVENTS],
    [document, DOCUMENT_EVENTS],
  ] as const;
  const hear = ({ type, persisted }: Event & { persisted?: boolean }) => {
    // A page that does not enter the back/forward cache is gone for good.
    if (persisted === false) return;
    const name = type[0] !== "v" ? type : document?.hidden ? "hidden" : "shown";
    report(SIGNALS.indexOf(name as "online"));
  };
  const each = (act: "addEventListener" | "removeEventListener") => {
    for (const [target, types] of targets) {
      // Node's global scope, for one, is no event target.
      if (target?.[act]) for (const type of types) target[act](type, hear);
    }
  };
  each("addEventListener");
  if (document?.hidden) report(SIGNALS.indexOf("hidden"));
  if (navigator?.onLine === false) report(SIGNALS.indexOf("offline"));
  return () => each("removeEventListener");
}
