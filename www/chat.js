// A chat room over one tautline socket: signing in, catching up after a break, and lines that arrive exactly once.

import { connect } from "tautline";
import { lineList } from "./lines.js";
import { memberList } from "./members.js";
import { ownLines } from "./own.js";
import { duration } from "./words.js";

/** How many messages wait or await a pong at most. Small here, so that a full queue is easy to see. */
export const QUEUE_LIMIT = 20;

/** Opens the room and returns its socket. `me.name` may change; the next sign-in takes the new one. */
function openRoom({ label, room, me, seen, delivery, expires, report }) {
  const query = new URLSearchParams({ client: label, expires });
  const socket = connect(`/ws/auth/${encodeURIComponent(room)}?${query}`, {
    heartbeat: {
      interval: 5_000,
      ping: (id) => ({ type: "ping", id }),
      isPong: (m) => m.type === "pong" && m.id,
    },
    auth: {
      message: () => ({ type: "auth", token: `good-${me.name}` }),
      accept: (m) => {
        if (m.type === "welcome" && socket.state.name === "open") {
          report(`Token renewed on the open line, good for ${duration(m.expires_in)}`);
        }
        return m.type === "welcome" ? true : m.type === "denied" ? false : undefined;
      },
      expiresIn: (m) => m.expires_in,
    },
    restore: (send) => send({ type: "join", name: me.name, since: seen.last }),
    queue: { maxMessages: QUEUE_LIMIT },
    delivery,
    stamp: (message, mid) => ({ ...message, mid }), // by this the server knows a line that comes twice
  });
  return socket;
}

/**
 * Shows the room. `opened(socket, signal)` is called with each socket, now and when another kind of delivery is chosen;
 * the signal aborts when the next one takes its place.
 */
export function chat({ label, room, name, expires, report, opened }) {
  const me = { name };
  const seen = { last: null };
  const list = lineList(document.querySelector("#chat-log"));
  const members = memberList(document.querySelector("#chat-members"), me);
  let socket;
  let replaced;
  const own = ownLines({
    list,
    tally: document.querySelector("#chat-tally"),
    begun: `${label}-${Date.now()}`,
    socket: () => socket,
  });

  function hear(message) {
    if (message.id <= seen.last) return; // history may repeat what we have
    seen.last = message.id;
    if (own.hear(message)) return;
    list.add({ ...message, mine: message.name === me.name }).setFate("heard", "");
  }

  function enter(delivery) {
    replaced?.abort();
    // What is on its way over the old socket may still arrive, for so long.
    socket?.close(1000, "", { drain: 2_000 });
    replaced = new AbortController();
    socket = openRoom({ label, room, me, seen, delivery, expires, report });
    own.follow(socket);
    const leave = socket.subscribe((message) => {
      if (message.type === "say") hear(message);
      if (message.type === "joined") members.add(message.name);
      if (message.type === "left") members.remove(message.name);
      if (message.type === "error") report(`The server says: ${message.message}`);
      if (message.type === "welcome") {
        members.set(message.members);
        if (seen.last > message.latest) seen.last = null; // a new room of that name counts anew
      }
    });
    replaced.signal.addEventListener("abort", leave);
    opened(socket, replaced.signal);
  }

  const modes = document.querySelector("#chat-delivery");
  modes.addEventListener("change", ({ target }) => enter(target.value));
  enter(modes.querySelector(":checked").value);

  onSubmit("#chat-form", "#chat-input", (input) => {
    if (input.value.trim()) own.say(me.name, input.value.trim());
    input.value = "";
    input.focus();
  });

  document.querySelector("#chat-name").value = me.name;
  onSubmit("#chat-name-form", "#chat-name", (input) => {
    me.name = input.value.trim() || me.name;
    input.value = me.name;
    sessionStorage.setItem("name", me.name);
    socket.reconnect(); // a new connection signs in with the new name
  });

  return { say: (text) => own.say(me.name, text), socket: () => socket };
}

function onSubmit(form, input, action) {
  document.querySelector(form).addEventListener("submit", (event) => {
    event.preventDefault();
    action(document.querySelector(input));
  });
}
