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
sessionStorage.setItem("name", name);
$("second-window").href = `./?room=${encodeURIComponent(room)}`;

themeButton($("theme"));
const log = eventLog($("log"), $("log-clear"));

try {
  const chatSocket = chat({ label, room, name, report: (text) => log.write("chat", text) });
  const tickerSocket = ticker({ label });
  log.follow("chat", chatSocket);
  log.follow("ticker", tickerSocket);
  const line = showLine(chatSocket, [tickerSocket]);
  showInstruments(chatSocket, { queueLimit: QUEUE_LIMIT, wave: line.wave });
} catch (error) {
  // connect() throws when an option is wrong or the browser will not run WebAssembly; the message says which.
  $("notice").textContent = error.message;
  $("notice").hidden = false;
  throw error;
}

showFaults($("faults"), {
  label,
  pressed: (title) => log.write("you", title, "fault"),
  answered: (text) => {
    $("fault-said").textContent = text;
  },
});

function someName() {
  const names = "Ada Ben Cleo Dara Eli Fay Gus Hana Ivo June Kai Lena Milo Nia Otto Pia".split(" ");
  return `${names[Math.floor(Math.random() * names.length)]} ${Math.floor(Math.random() * 90) + 10}`;
}
