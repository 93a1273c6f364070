// A chat room over one tautline socket: signing in, catching up after a break, and the fate of every line.

import { connect } from "tautline";
import { lineList } from "./lines.js";
import { memberList } from "./members.js";

/** How many messages wait while the line is down. Small here, so that a full queue is easy to see. */
export const QUEUE_LIMIT = 20;

/** Opens the room and returns its socket. `me.name` may change; the next sign-in takes the new one. */
function openRoom({ label, room, me, seen }) {
  return connect(`/ws/auth/${encodeURIComponent(room)}?client=${encodeURIComponent(label)}`, {
    heartbeat: { interval: 5_000, ping: { type: "ping" }, isPong: (m) => m.type === "pong" },
    auth: {
      message: () => ({ type: "auth", token: `good-${me.name}` }),
      accept: (m) => (m.type === "welcome" ? true : m.type === "denied" ? false : undefined),
    },
    restore: (send) => send({ type: "join", name: me.name, since: seen.last }),
    queue: { maxMessages: QUEUE_LIMIT },
  });
}

/** Shows the room and returns its socket. */
export function chat({ label, room, name, report }) {
  const me = { name };
  const seen = { last: null };
  const list = lineList(document.querySelector("#chat-log"));
  const members = memberList(document.querySelector("#chat-members"), me);
  const pending = new Map(); // our own lines that the room has not repeated yet, by ref
  const socket = openRoom({ label, room, me, seen });
  const begun = `${label}-${Date.now()}`;
  let said = 0;
  let latest = 0; // the room's newest line when we joined: up to here it is history

  function say(text) {
    const ref = `${begun}-${++said}`; // how we know our own line when the room repeats it
    const line = list.add({ name: me.name, text, at: Date.now(), mine: true });
    pending.set(ref, { line, text, beforeBreak: false });
    const fate = socket.send({ type: "say", text, ref });
    if (fate !== "dropped") line.setFate(fate); // a drop has told of itself by its event, with the reason
  }

  function hear(message) {
    if (message.id <= seen.last) return; // history may repeat what we have
    seen.last = message.id;
    const own = pending.get(message.ref);
    if (own) {
      pending.delete(message.ref);
      own.line.setFate("sent", "in the room");
    } else {
      list.add({ ...message, mine: message.name === me.name }).setFate("received", "");
    }
    offerLostLines();
  }

  /** Once history is complete, a line that left before the break and is not in it was lost on the way. */
  function offerLostLines() {
    if (seen.last < latest) return;
    for (const [ref, { line, text, beforeBreak }] of pending) {
      if (!beforeBreak) continue;
      pending.delete(ref);
      line.setFate("lost", "lost with the old connection");
      line.offer("Send again", () => say(text));
    }
  }

  socket.subscribe((message) => {
    if (message.type === "say") hear(message);
    if (message.type === "joined") members.add(message.name);
    if (message.type === "left") members.remove(message.name);
    if (message.type === "error") report(`The server says: ${message.message}`);
    if (message.type === "welcome" && message.members) {
      members.set(message.members);
      latest = message.latest ?? 0;
      if (seen.last > latest) seen.last = null; // a new room of that name counts anew
      offerLostLines();
    }
  });

  socket.addEventListener("open", () => {
    // The queue has left: what was waiting is on the wire now.
    for (const { line } of pending.values()) if (line.fate === "queued") line.setFate("sent");
  });
  socket.addEventListener("state", ({ previous }) => {
    if (previous.name !== "open") return;
    for (const entry of pending.values()) if (entry.line.fate === "sent") entry.beforeBreak = true;
  });
  socket.addEventListener("drop", ({ message, error }) => {
    const entry = pending.get(message.ref);
    if (!entry) return;
    pending.delete(message.ref);
    entry.line.setFate("dropped", `dropped: ${error.code}`);
    entry.line.offer("Send again", () => say(entry.text));
  });

  onSubmit("#chat-form", "#chat-input", (input) => {
    if (input.value.trim()) say(input.value.trim());
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

  return socket;
}

function onSubmit(form, input, action) {
  document.querySelector(form).addEventListener("submit", (event) => {
    event.preventDefault();
    action(document.querySelector(input));
  });
}
