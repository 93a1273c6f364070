// The line itself: what state it is in, when it is tried next, why it broke last.

import { rope } from "./rope.js";
import { causeInWords, duration, stateDetail, stateName } from "./words.js";

const $ = (id) => document.getElementById(id);

/**
 * Returns `{ follow, wave }`: `follow(socket, signal)` shows a socket until the signal aborts. The control buttons act on
 * all of `sockets()`, of which the first is the one on show.
 */
export function showLine(sockets) {
  const strand = rope($("rope"));
  let failed = 0; // attempts since the last break

  function render(state) {
    $("state").dataset.state = state.name;
    $("state-name").textContent = stateName(state);
    $("state-detail").textContent = stateDetail(state);
    $("chip").dataset.link = state.name;
    $("chip-text").textContent = stateName(state);
    strand.show(state.name);
    document.querySelector('[data-action="sign-in"]').hidden = !(
      state.name === "closed" && state.why === "unauthorized"
    );
    countDown(state);
  }

  function changed({ state, previous }) {
    render(state);
    if (previous.name === "open") {
      failed = 0;
      const byUs = state.name === "closing" ? "You closed it" : "Replaced by a new connection";
      const why = state.cause ? causeInWords(state.cause) : byUs;
      $("last-break").textContent = `${why}, at ${new Date().toLocaleTimeString()}`;
      $("since-break").textContent = "Not back yet";
    } else if (state.name === "waiting") {
      failed += 1;
      $("since-break").textContent = `${failed} failed: ${causeInWords(state.cause)}`;
    }
    if (state.name === "closed") $("since-break").textContent = "It stays closed";
  }

  function opened({ reconnected, downtime }) {
    if (reconnected) $("since-break").textContent = `Back after ${duration(downtime)}`;
  }

  function follow(socket, signal) {
    socket.addEventListener("state", changed, { signal });
    socket.addEventListener("open", opened, { signal });
    render(socket.state);
  }

  const actions = {
    "sign-in": () => sockets()[0].reconnect(),
    reconnect: () => sockets().map((each) => each.reconnect()),
    pause: () => sockets().map((each) => each.pause()),
    resume: () => sockets().map((each) => each.resume()),
    close: () => sockets().map((each) => each.close()),
  };
  for (const button of document.querySelectorAll("[data-action]")) {
    button.addEventListener("click", actions[button.dataset.action]);
  }
  return { follow, wave: strand.wave };
}

let timer;

/** Shows how long it is to the next attempt, for as long as the state is `waiting`. */
function countDown(state) {
  clearInterval(timer);
  const waiting = state.name === "waiting";
  $("countdown").dataset.active = waiting;
  if (!waiting) {
    $("countdown-text").textContent = state.name === "open" ? "No attempt is due" : "";
    $("countdown-fill").style.transform = "scaleX(0)";
    return;
  }
  const whole = Math.max(1, state.until - Date.now());
  const tick = () => {
    const left = Math.max(0, state.until - Date.now());
    $("countdown-text").textContent = `Attempt ${state.attempt} in ${(left / 1_000).toFixed(1)} s`;
    $("countdown-fill").style.transform = `scaleX(${left / whole})`;
  };
  tick();
  timer = setInterval(tick, 100);
}
