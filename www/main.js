// Puts the page together. Each module shows one thing; this one only hands them what they need.

import { chat, QUEUE_LIMIT } from "./chat.js";
import { showFaults } from "./faults.js";
import { showInstruments } from "./instruments.js";
import { showLine } from "./line.js";
import { eventLog } from "./log.js";
import { themeButton } from "./theme.js";
import { ticker } from "./ticker.js";

const $ = (id) => document.getElementById(id);
const query = new URLSearchParams(location.search);

// The label by which the server knows this page's sockets, so that its faults hit nobody else.
const label = query.get("client") ?? `page-${Math.random().toString(36).slice(2, 10)}`;
const room = query.get("room") ?? "lobby";
const name = query.get("name") ?? sessionStorage.getItem("name") ?? someName();
const expires = Number(query.get("expires")) || 60_000; // how long the server takes a token for good, in ms
sessionStorage.setItem("name", name);
$("second-window").href = `./?room=${encodeURIComponent(room)}`;

themeButton($("theme"));
const log = eventLog($("log"), $("log-clear"));

let talk;
try {
  const line = showLine(() => [talk.socket(), tickerSocket]);
  const measure = showInstruments({ queueLimit: QUEUE_LIMIT, wave: line.wave });
  talk = chat({
    ...{ label, room, name, expires },
    report: (text) => log.write("chat", text),
    opened(socket, signal) {
      log.follow("chat", socket, signal);
      line.follow(socket, signal);
      measure(socket, signal);
    },
  });
  const tickerSocket = ticker({ label });
  log.follow("ticker", tickerSocket);
} catch (error) {
  // connect() throws when an option is wrong or the browser will not run WebAssembly; the message says which.
  $("notice").textContent = error.message;
  $("notice").hidden = false;
  throw error;
}

showFaults($("faults"), {
  label,
  say: (text) => talk.say(text),
  pressed: (title) => log.write("you", title, "fault"),
  answered: (text) => {
    $("fault-said").textContent = text;
  },
});

function someName() {
  const names = "Ada Ben Cleo Dara Eli Fay Gus Hana Ivo June Kai Lena Milo Nia Otto Pia".split(" ");
  return `${names[Math.floor(Math.random() * names.length)]} ${Math.floor(Math.random() * 90) + 10}`;
}
