// What the engine measures: latency, queue, statistics.

import { bytes, duration, fineMs } from "./words.js";

const KEPT = 60; // latencies in the sparkline
const $ = (id) => document.getElementById(id);

/**
 * Returns `follow(socket, signal)`, which shows the measurements of a socket from now on. `wave(direction)` is called when
 * messages went out or came in.
 */
export function showInstruments({ queueLimit, wave }) {
  const latencies = [];
  $("queue-limit").textContent = queueLimit;
  const measured = ({ latency }) => {
    latencies.push(latency);
    if (latencies.length > KEPT) latencies.shift();
    wave("in"); // a pong is no message, but something came
    sparkline($("sparkline"), latencies);
  };

  const cells = statCells($("stats"));
  let socket;
  let before;
  const show = () => {
    const now = socket.stats();
    $("latency").textContent = known(now.latency);
    $("latency-p50").textContent = known(now.latencyP50);
    $("latency-p95").textContent = known(now.latencyP95);
    $("queue-depth").textContent = now.heldMessages;
    $("queue-waiting").textContent = now.queuedMessages;
    $("queue-sent").textContent = now.heldMessages - now.queuedMessages;
    $("queue-fill").style.transform = `scaleX(${Math.min(1, now.heldMessages / queueLimit)})`;
    cells(now);
    if (now.messagesSent > before.messagesSent) wave("out");
    if (now.messagesReceived > before.messagesReceived) wave("in");
    before = now;
  };
  setInterval(show, 200);

  return (one, signal) => {
    socket = one;
    before = socket.stats();
    socket.addEventListener("latency", measured, { signal });
    show();
  };
}

function known(ms) {
  return Number.isFinite(ms) ? fineMs(ms) : "–";
}

function statCells(root) {
  const rows = [
    ["Messages out", (s) => s.messagesSent],
    ["Messages in", (s) => s.messagesReceived],
    ["Bytes out", (s) => bytes(s.bytesSent)],
    ["Bytes in", (s) => bytes(s.bytesReceived)],
    ["Attempts", (s) => s.attempts],
    ["Reconnects", (s) => s.reconnects],
    ["Connected for", (s) => duration(s.connectedTime)],
    ["Unconfirmed", (s) => s.unconfirmed],
  ];
  const values = rows.map(([name]) => {
    const row = document.createElement("div");
    const term = document.createElement("dt");
    const value = document.createElement("dd");
    term.textContent = name;
    row.append(term, value);
    root.append(row);
    return value;
  });
  return (stats) =>
    rows.forEach(([, read], i) => {
      values[i].textContent = read(stats);
    });
}

/** Draws `values` as a small line from left to right, zero at the bottom. */
function sparkline(svg, values) {
  const [width, height] = [240, 64];
  const top = Math.max(...values) * 1.15 || 1;
  const shown = values.length === 1 ? [values[0], values[0]] : values;
  const points = shown.map((value, i) => {
    const x = (i / (shown.length - 1)) * width;
    return `${x.toFixed(1)},${(height - 2 - (value / top) * (height - 6)).toFixed(1)}`;
  });
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  const area = svg.querySelector("polygon") ?? svg.appendChild(shape("polygon", "chart-area"));
  const line = svg.querySelector("polyline") ?? svg.appendChild(shape("polyline", "chart-line"));
  area.setAttribute("points", `0,${height} ${points.join(" ")} ${width},${height}`);
  line.setAttribute("points", points.join(" "));
}

function shape(name, className) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  element.setAttribute("class", className);
  return element;
}
