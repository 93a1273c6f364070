// What a page can go through without being asked: hidden, frozen, offline, stopped.
// Every one of these says first that it really happened; only then may a test build on it.
import { pass, within } from "./time.mjs";

/** Puts another tab in front, so that the page is really hidden; returns a function that shows it. */
export async function hide(page) {
  const cover = await page.browser.newTab();
  await cover.bringToFront();
  await page.until(() => document.visibilityState === "hidden");
  return async () => {
    await page.tab.bringToFront();
    await page.until(() => document.visibilityState === "visible");
    await cover.close();
  };
}

/** Brings the page to the front of its window. */
export async function show(page) {
  await page.tab.bringToFront();
  await page.until(() => document.visibilityState === "visible");
}

/** Chromium: freezes the page as the browser does with hidden tabs; returns a function that resumes it. */
export async function freeze(page) {
  const session = await page.tab.createCDPSession();
  const frozen = await page.run(() => kit.entries("freeze").length);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await page.until((before) => kit.entries("freeze").length > before, frozen);
  return async () => {
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await page.until((before) => kit.entries("resume").length > before, frozen);
    await session.detach();
  };
}

/** Cuts the page's network; returns a function that restores it. Sockets already open stay open. */
export async function goOffline(page) {
  await page.tab.setOfflineMode(true);
  await page.until(() => !navigator.onLine && kit.entries("offline").length > 0);
  return async () => {
    const before = await page.run(() => kit.entries("online").length);
    await page.tab.setOfflineMode(false);
    await page.until((before) => navigator.onLine && kit.entries("online").length > before, before);
  };
}

/** Chromium: stops the page's renderer process for `ms`, as a sleeping laptop would; returns its pid. */
export async function stopRenderer(page, ms) {
  const pid = await rendererOf(page);
  process.kill(pid, "SIGSTOP");
  try {
    await pass(ms);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  return pid;
}

/** The renderer whose processor time grows while the page is busy. */
async function rendererOf(page) {
  const session = await page.browser.puppeteer.target().createCDPSession();
  const renderers = async () => {
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    return new Map(
      processInfo.filter((it) => it.type === "renderer").map((it) => [it.id, it.cpuTime]),
    );
  };
  // The browser's own pages have renderers too, which may be busy with their start: the one meant stands out.
  for (let round = 0; round < 20; round += 1) {
    const before = await renderers();
    await page.run(() => {
      const end = performance.now() + 300;
      while (performance.now() < end);
    });
    const after = await renderers();
    const grown = [...after].map(([pid, time]) => [pid, time - (before.get(pid) ?? 0)]);
    const [[pid, most], [, next] = [0, 0]] = grown.sort((a, b) => b[1] - a[1]);
    if (most > 0.2 && next < most / 4) {
      await within(5_000, "the DevTools session to end", session.detach());
      return pid;
    }
  }
  throw new Error("found no renderer process that works for this page alone");
}

/** Connects socket "a" under the label `client`, and brings it into a wait that has a quarter of a minute to go, at least. */
export async function waitLong(server, page, client) {
  await page.run(
    (url) => void kit.connect("a", url, { backoff: { initial: 2_000_000, max: 2_000_000 } }),
    server.ws("/ws/echo", { client }),
  );
  for (let round = 0; round < 5; round += 1) {
    await page.reached("a", "open");
    await server.control({ action: "kill", client });
    const { until } = await page.reached("a", "waiting");
    if (until - Date.now() > 15_000) return;
    await page.run(() => kit.sockets.a.reconnect());
  }
  throw new Error("five draws from 2,000 s were all below 15 s");
}
