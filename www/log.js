// A bounded log of what the sockets report, newest first.

import { causeInWords, duration, errorInWords, stateName } from "./words.js";

const LIMIT = 100;

/** Wraps an <ol>; returns `{ write(source, text, kind), follow(source, socket, signal) }`. */
export function eventLog(list, clear) {
  function write(source, text, kind = "note") {
    const item = document.createElement("li");
    item.dataset.kind = kind;
    for (const [tag, words] of [
      ["time", new Date().toLocaleTimeString()],
      ["b", source],
      ["span", text],
    ]) {
      const element = document.createElement(tag);
      element.textContent = words;
      item.append(element);
    }
    list.prepend(item);
    while (list.children.length > LIMIT) list.lastChild.remove();
  }

  function follow(source, socket, signal) {
    const on = (type, words) =>
      socket.addEventListener(type, (event) => write(source, words(event), type), { signal });
    const inState = (event) => {
      if (event.state.name !== "open") write(source, stateInWords(event), event.state.name); // `open` says more
    };
    socket.addEventListener("state", inState, { signal });
    on("open", (e) =>
      e.reconnected ? `Back after ${duration(e.downtime)}${unconfirmed(e)}` : "Open",
    );
    on("drop", (e) => `Dropped a message: ${errorInWords(e.error)}`);
    on("invalid", (e) => `A frame that does not fit: ${e.error.cause?.message ?? e.error.message}`);
    on("error", (e) => `Error: ${errorInWords(e.error)}`);
  }

  clear.addEventListener("click", () => list.replaceChildren());
  return { write, follow };
}

function stateInWords({ state }) {
  const why = state.cause ? `: ${causeInWords(state.cause)}` : "";
  if (state.name === "waiting") {
    const delay = Math.max(0, state.until - Date.now());
    return `Waiting${why}. Attempt ${state.attempt} in ${duration(delay)}`;
  }
  return stateName(state) + why;
}

function unconfirmed({ unconfirmed: count }) {
  return count ? `; ${count} sent earlier without a pong` : "";
}
