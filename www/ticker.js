// A live ticker over a socket of its own: no sign-in, nothing to send, and the server fills in what was missed.

import { connect } from "tautline";
import { chart } from "./chart.js";
import { stateName } from "./words.js";

const SYMBOLS = ["TAUT", "LINE"];
const KEPT = 300; // points per symbol

/** Shows the ticker and returns its socket. */
export function ticker({ label }) {
  const series = new Map(SYMBOLS.map((symbol) => [symbol, []]));
  const gaps = []; // the times without a connection, the current one without an end
  let skew; // our clock minus the server's

  const socket = connect(
    `/ws/ticker?symbols=${SYMBOLS.join(",")}&interval=250&client=${encodeURIComponent(label)}`,
    {
      heartbeat: { interval: 5_000, ping: { type: "ping" }, isPong: (m) => m.type === "pong" },
    },
  );

  const picker = symbolPicker(document.querySelector("#symbols"));
  chart(document.querySelector("#chart"), () => ({ points: series.get(picker.chosen()), gaps }));

  socket.subscribe((message) => {
    if (message.type !== "tick" && message.type !== "history") return;
    const points = series.get(message.symbol);
    if (message.type === "history") {
      skew ??= Date.now() - (message.points.at(-1)?.[0] ?? Date.now());
      points.splice(0, Infinity, ...message.points.map(([at, price]) => [at + skew, price]));
    } else {
      skew ??= Date.now() - message.at;
      points.push([message.at + skew, message.price]);
      if (points.length > KEPT) points.shift();
    }
    picker.show(message.symbol, points);
  });

  const chip = document.querySelector("#ticker-state");
  const render = (state) => {
    chip.dataset.link = state.name;
    document.querySelector("#ticker-state-text").textContent = stateName(state);
  };
  render(socket.state);
  socket.addEventListener("state", ({ state, previous }) => {
    render(state);
    if (previous.name === "open") gaps.push([Date.now(), undefined]);
    if (state.name === "open" && gaps.length) gaps.at(-1)[1] = Date.now();
    if (gaps.length > 20) gaps.shift();
  });
  return socket;
}

/** One radio button per symbol, with its price and how it moved within what is kept. */
function symbolPicker(root) {
  const shown = new Map();
  for (const symbol of SYMBOLS) {
    const option = document.createElement("label");
    const input = Object.assign(document.createElement("input"), {
      type: "radio",
      name: "symbol",
      value: symbol,
    });
    input.checked = symbol === SYMBOLS[0];
    const [name, price, change] = ["b", "span", "span"].map((tag) => document.createElement(tag));
    name.textContent = symbol;
    price.className = "price";
    price.textContent = "–";
    change.className = "change";
    option.append(input, name, price, change);
    root.append(option);
    shown.set(symbol, { input, price, change });
  }
  return {
    chosen: () => SYMBOLS.find((symbol) => shown.get(symbol).input.checked),
    show(symbol, points) {
      if (!points.length) return;
      const { price, change } = shown.get(symbol);
      const [first, last] = [points[0][1], points.at(-1)[1]];
      const percent = ((last - first) / first) * 100;
      price.textContent = last.toFixed(2);
      change.textContent = `${percent < 0 ? "−" : "+"}${Math.abs(percent).toFixed(2)} %`;
      change.dataset.direction = percent < 0 ? "down" : "up";
    },
  };
}
