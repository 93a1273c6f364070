// The time that libraries add to a message, in ns.
import { started } from "./lib/page.mjs";
import { middle } from "./lib/statistics.mjs";

/** What the project promises, above native. */
const BOUNDS = { receive: 300, send: 200 };

// A place in this list is a frame of the page. Native stands in it twice: against itself it shows the noise.
const CONTENDERS = [
  { row: "native", name: "native", kind: "text" },
  { row: "noise", name: "native", kind: "text" },
  { row: "tautline", name: "tautline", kind: "text" },
  { row: "events", name: "tautline, events", kind: "text" },
  { row: "kept", name: "tautline, at least once", kind: "text" },
  { row: "confirmed", name: "tautline, confirmed", kind: "text" },
  { row: "partysocket", name: "partysocket", kind: "text" },
  { row: "reconnecting", name: "reconnecting-websocket", kind: "text" },
  { row: "native", name: "native", kind: "JSON" },
  { row: "noise", name: "native", kind: "JSON" },
  { row: "tautline", name: "tautline", kind: "JSON" },
  { row: "heartbeat", name: "tautline, heartbeat", kind: "JSON" },
  { row: "partysocket", name: "partysocket", kind: "JSON" },
  { row: "reconnecting", name: "reconnecting-websocket", kind: "JSON" },
];
const ROWS = {
  native: "native, per message",
  noise: "native again (the noise)",
  tautline: "tautline",
  heartbeat: "tautline, heartbeat",
  events: "tautline, message events",
  kept: "tautline, at least once",
  confirmed: "tautline, `deliver` until confirmed",
  partysocket: "partysocket",
  reconnecting: "reconnecting-websocket",
};
/** The bounds hold for the fast path; an event object per message is the browser's price. */
const BOUND = ["tautline", "heartbeat"];

const COLUMNS = Object.keys(BOUNDS).flatMap((direction) => [
  { direction, kind: "text", size: 64, title: `${direction}: text, 64 B` },
  { direction, kind: "text", size: 1024, title: "text, 1 KiB" },
  { direction, kind: "JSON", size: 64, title: "JSON, 64 B" },
]);

// Many short visits instead of one long one, so that a bad moment of the machine meets every column.
const FULL = { passes: 5, rounds: 10, count: 20_000 };
const QUICK = { passes: 2, rounds: 5, count: 10_000 };

/** Measures in one browser. The answer: for each column, the rounds of each row, in ns per message. */
export async function measureTime(browser, url, { quick }) {
  const { passes, rounds, count } = quick ? QUICK : FULL;
  const page = await browser.open(`${url}/time.html`);
  try {
    await started(page);
    const names = CONTENDERS.map(({ name, kind }) => `${name}, ${kind}`);
    await page.evaluate(`bench.prepare(${JSON.stringify(names)})`);
    const measure = async ({ direction, kind, size }, count, rounds) => {
      const places = [...CONTENDERS.keys()].filter((n) => CONTENDERS[n].kind === kind);
      const args = [places, direction, size, count, rounds].map((it) => JSON.stringify(it));
      const times = await page.evaluate(`bench.measure(${args})`);
      return Object.fromEntries(places.map((place, n) => [CONTENDERS[place].row, times[n]]));
    };
    const columns = COLUMNS.map(() => ({}));
    for (const column of COLUMNS) await measure(column, count, 2); // the browser compiles what is hot
    for (let pass = 0; pass < passes; pass++) {
      for (const [n, column] of COLUMNS.entries()) {
        for (const [row, times] of Object.entries(await measure(column, count, rounds))) {
          columns[n][row] = [...(columns[n][row] ?? []), ...times];
        }
      }
    }
    return columns;
  } finally {
    await page.close();
  }
}

/** { lines, verdict }: the lines of a table, and what is to be said about the bounds. */
export function reportTime(columns) {
  const excess = [];
  const cell = (row, n) => {
    const { native, [row]: times } = columns[n];
    if (!times) return "–";
    if (row === "native") return number(middle(native));
    // Of the same round, so that what the machine does besides meets both.
    const above = middle(times.map((time, round) => time - native[round]));
    const shown = `+${number(above)}`.replace("+-", "−");
    const { direction, kind, size } = COLUMNS[n];
    const bound = BOUNDS[direction];
    if (!BOUND.includes(row) || above.value <= bound) return shown;
    excess.push(`* ${ROWS[row]}, ${direction}, ${kind} of ${size} B: ${shown}, bound ${bound}`);
    return `${shown} (over ${bound})`;
  };
  const head = ["ns per message", ...COLUMNS.map(({ title }) => title)];
  const body = Object.entries(ROWS).map(([row, title]) => [
    title,
    ...COLUMNS.map((_, n) => cell(row, n)),
  ]);
  const bounds = `${BOUNDS.receive} ns per receive, ${BOUNDS.send} ns per send`;
  const verdict = excess.length
    ? `OVER THE BOUNDS (${bounds}):\n${excess.join("\n")}`
    : `Within the bounds: ${bounds}.`;
  return { lines: [head, ...body], verdict };
}

const number = ({ value, spread }) => `${Math.round(value)} ± ${Math.round(spread)}`;
