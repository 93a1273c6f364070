// Messages at each quality of service, with what the broker has said of our own, and how often each came.

import { json } from "tautline/mqtt";
import { lineList } from "../lines.js";
import { dropInWords } from "../words.js";

const codec = json();
const SETTLED = [
  "handed to the browser",
  "acknowledged by the broker",
  "exactly once at the broker",
];

/** Shows the messages of the room; returns `say(text)`. */
export function talk(client, { id, name, topic, wave }) {
  const room = topic("talk");
  const list = lineList(document.querySelector("#talk"));
  const qos = () => Number(document.querySelector('[name="qos"]:checked').value);
  const own = []; // { shown, fate, words, arrivals } of our lines
  const others = new Map(); // what others have said, by sender and number

  // QoS 2: what comes is as good as the sender made it.
  client.subscribe(room, { qos: 2, codec }, ({ payload }) => {
    if (typeof payload?.text !== "string" || typeof payload.name !== "string") return;
    wave("in");
    if (payload.from === id) arrived(own[payload.n]);
    else heard(payload);
  });

  function arrived(line) {
    if (!line) return;
    line.arrivals += 1;
    render(line);
  }

  function heard({ from, n, name, text }) {
    const key = `${from}:${n}`;
    const before = others.get(key);
    if (before) {
      before.times += 1;
      return before.shown.setFate("doubled", `came ${before.times} times`);
    }
    const shown = list.add({ name, text, at: Date.now(), mine: false });
    others.set(key, { shown, times: 1 });
    if (others.size > 1_000) others.delete(others.keys().next().value);
  }

  async function say(text) {
    const line = { arrivals: 0, ...fateOf(client.state.name, qos()) };
    line.shown = list.add({ name, text, at: Date.now(), mine: true });
    const n = own.push(line) - 1;
    render(line);
    wave("out");
    const level = qos();
    try {
      await client.publish(room, { from: id, n, name, text }, { qos: level, codec });
      Object.assign(line, { fate: "settled", words: SETTLED[level] });
    } catch (error) {
      Object.assign(line, { fate: "given-up", words: `given up: ${dropInWords(error)}` });
    }
    render(line);
  }

  function render(line) {
    const times = line.arrivals > 1 ? `, came back ${line.arrivals} times` : "";
    const back = line.arrivals === 1 ? ", and back here" : times;
    line.shown.setFate(line.arrivals > 1 ? "doubled" : line.fate, line.words + back);
    document.querySelector("#tally").textContent = tally(own);
  }

  // What waited in the queue leaves now.
  client.addEventListener("open", () => {
    for (const line of own.filter(({ fate }) => fate === "queued")) {
      Object.assign(line, { fate: "sent", words: "sent" });
      render(line);
    }
  });

  const input = document.querySelector("#talk-input");
  document.querySelector("#talk-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value) say(input.value);
    input.value = "";
  });
  return say;
}

const fateOf = (state, level) =>
  state === "open"
    ? { fate: "sent", words: level ? "sent" : SETTLED[0] }
    : { fate: "queued", words: "waiting in the queue" };

function tally(own) {
  const count = (test) => own.filter(test).length;
  const doubled = count(({ arrivals }) => arrivals > 1);
  const parts = [
    `${count(({ arrivals }) => arrivals > 0)} came back`,
    doubled ? `${doubled} doubled` : "none doubled",
  ];
  return `Your ${own.length} ${own.length === 1 ? "line" : "lines"}: ${parts.join(", ")}.`;
}
