// The buttons that make the server misbehave. Each is one POST to the server's /api/control,
// scoped by the label that this page's sockets carry in their URLs (?client=LABEL).

const FAULTS = [
  { id: "kill", title: "Kill", hint: "TCP reset, no goodbye", order: { action: "kill" } },
  {
    id: "stall",
    title: "Stall",
    hint: "Half-open: alive to TCP, silent for ever",
    order: { action: "stall" },
  },
  {
    id: "refuse",
    title: "Refuse",
    hint: "No way in for 10\u00a0s",
    order: { action: "refuse", ms: 10_000, kill: true },
  },
  {
    id: "restart",
    title: "Restart",
    hint: "Says 1012, back in 3\u00a0s",
    order: { action: "restart", ms: 3_000 },
  },
  {
    id: "expire-token",
    title: "Expire the token",
    hint: "Refused once, then a fresh one is taken",
    order: { action: "refuse-token", ms: 1 },
  },
  {
    id: "refuse-token",
    title: "Refuse the token",
    hint: "For 10\u00a0s, fresh ones too",
    order: { action: "refuse-token", ms: 10_000 },
  },
  {
    id: "retry-after",
    title: "Retry after 5\u00a0s",
    hint: "The server says when to come back",
    order: { action: "close", code: 1013, reason: '{"retry_after_ms":5000}' },
  },
  {
    id: "drop-pongs",
    title: "Drop the pongs",
    hint: "Works, but confirms nothing",
    order: { action: "drop-pongs", on: true },
  },
  {
    id: "midway",
    title: "Kill midway",
    hint: "Ten lines, cut on the way",
    order: { action: "kill" },
    lines: 10,
  },
  {
    id: "garbage",
    title: "Send garbage",
    hint: "A frame that does not parse",
    order: { action: "send", data: "{ not json" },
  },
];

const PACE = 30; // milliseconds between the lines of a fault that talks
let talks = 0;

/**
 * Fills `root` with one button per fault. `pressed(title)` hears of each press, `answered(text)` what came of it;
 * `say(text)` says something in the chat.
 */
export function showFaults(root, { label, say, pressed, answered }) {
  for (const { id, title, hint, order, lines = 0 } of FAULTS) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.fault = id;
    const name = document.createElement("b");
    name.textContent = title;
    const what = document.createElement("span");
    what.textContent = hint;
    button.append(name, what);
    button.addEventListener("click", async () => {
      pressed(title);
      if (lines) await talk(say, lines);
      answered(`${title}: ${await control({ ...order, client: label })}`);
    });
    root.append(button);
  }
}

/** Goes on talking while the fault strikes, when half is said. */
async function talk(say, lines) {
  talks += 1;
  const line = (i) => say(`Talk ${talks}, line ${i} of ${lines}`);
  for (let i = 1; i <= lines; i++) {
    if (i > lines / 2) setTimeout(line, (i - lines / 2) * PACE, i);
    else {
      line(i);
      await new Promise((resolve) => setTimeout(resolve, PACE));
    }
  }
}

async function control(order) {
  try {
    const response = await fetch("/api/control", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(order),
    });
    if (!response.ok) return `the server answered ${response.status}`;
    const { affected } = await response.json();
    return affected === 1 ? "1 connection affected" : `${affected} connections affected`;
  } catch {
    return "the server cannot be reached. Is it still running?";
  }
}
