// The switch and the buttons that break this tab's line, by way of the server's /api/control.

const CUT_MS = 600_000;
const PACE_MS = 15; // between the lines that are said while the reset comes
const LINES = 10;
let talks = 0;

export function showCut({ label, client, say, report }) {
  const said = document.querySelector("#cut-said");
  const control = async (order) => {
    said.textContent = await ask({ ...order, client: label });
  };

  document.querySelector("#cut").addEventListener("change", async ({ target }) => {
    report(target.checked ? "Cut the line" : "Mend the line");
    await control({ action: "refuse", ms: target.checked ? CUT_MS : 0, kill: target.checked });
    // Whoever has mended the line need not wait for the next attempt.
    if (!target.checked && client.state.name === "waiting") client.reconnect();
  });
  document.querySelector("#kill").addEventListener("click", () => {
    report("Reset once");
    control({ action: "kill" });
  });
  document.querySelector("#midway").addEventListener("click", async () => {
    report("Reset midway");
    talks += 1;
    for (let i = 1; i <= LINES; i++) {
      say(`Talk ${talks}, line ${i} of ${LINES}`);
      if (i === LINES / 2) control({ action: "kill" });
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
  });
}

async function ask(order) {
  try {
    const response = await fetch("/api/control", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(order),
    });
    return response.ok ? "" : `The server answered ${response.status}.`;
  } catch {
    return "The server cannot be reached. Is it still running?";
  }
}
