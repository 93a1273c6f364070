// Measures how long it takes to notice each fault and to be back, with the defaults, and prints a markdown table.
//
//   node tests/e2e/figures.mjs            both browsers
//   BROWSERS=chromium node tests/e2e/figures.mjs
//
// Takes about two minutes. Asserts nothing: the suites do, with generous multiples of the bounds below.
import { browserNames, launch } from "./harness/browsers.mjs";
import { freeze, goOffline, hide, stopRenderer } from "./harness/conditions.mjs";
import { packPackage } from "./harness/package.mjs";
import { openPage } from "./harness/page.mjs";
import { startServer } from "./harness/server.mjs";
import { pass } from "./harness/time.mjs";

// Per fault whose delay is drawn at random. Firefox holds dials back after failures, and counts those of all sockets.
const SOCKETS = { chromium: 16, firefox: 3 };
const LONG = { initial: 400_000, max: 400_000 }; // a wait that only a signal ends

const ROWS = [
  { key: "kill", title: "TCP reset", bound: "back within 2.2 s on average" },
  { key: "c1011", title: "close 1011", bound: "jitter, first window 4 s" },
  { key: "c1012", title: "close 1012", bound: "jitter, first window 8 s" },
  { key: "refused", title: "refused connection", bound: "jitter, first window 4 s" },
  { key: "silent", title: "handshake never answered", bound: "noticed after 10 s" },
  { key: "idle", title: "half-open, idle", bound: "noticed within 40 s" },
  { key: "send", title: "half-open, after a send", bound: "noticed within 12 s" },
  { key: "wake", title: "half-open, after waking", bound: "noticed within 5 s" },
  { key: "bfcache", title: "into the back/forward cache", bound: "the server knows within 50 ms" },
  { key: "pageshow", title: "`pageshow` to open", bound: "100 ms" },
  { key: "online", title: "`online` to open", bound: "100 ms" },
  { key: "shown", title: "shown again to open", bound: "100 ms" },
  { key: "resume", title: "`resume` to open", bound: "100 ms" },
  { key: "reconnect", title: "`reconnect()` to open", bound: "100 ms" },
];

const results = {};
const versions = {};
for (const name of browserNames) {
  const browser = await launch(name);
  versions[name] = (await browser.version()).replace("/", " ");
  try {
    results[name] = await measureAll(browser);
  } finally {
    await browser.close();
  }
}
print();

async function measureAll(browser) {
  const figures = {};
  const measure = async (work) => {
    const { mounts, entry } = await packPackage();
    const server = await startServer({ mounts });
    try {
      const page = await openPage(browser, server.url, { entry });
      Object.assign(figures, await work(page, server));
      await page.close();
    } finally {
      await server.stop();
    }
  };
  await measure((page, server) => breaks(page, server, SOCKETS[browser.name]));
  await measure(handshakes);
  await measure(halfOpen);
  await measure(signals);
  if (browser.isChromium) {
    await measure(waking);
    await measure(cached);
    await measure(frozen);
  }
  return figures;
}

/** Several sockets each, broken at once: the time to notice and to be back. */
async function breaks(page, server, sockets) {
  const faults = {
    kill: { action: "kill" },
    c1011: { action: "close", code: 1011, reason: "failed" },
    c1012: { action: "close", code: 1012, reason: "restart" },
  };
  const figures = {};
  for (const [key, action] of Object.entries(faults)) {
    const names = Array.from({ length: sockets }, (_, n) => `${key}-${n}`);
    await page.run(
      (urls) => {
        for (const [name, url] of urls) kit.connect(name, url);
      },
      names.map((name) => [name, server.ws("/ws/echo", { client: key })]),
    );
    await page.until((names) => names.every((name) => kit.isIn(name, "open")), names);
    await page.run((key) => kit.note(`fault ${key}`), key);
    await server.control({ ...action, client: key });
    await page.untilFor(
      100_000,
      (names) => names.every((name) => kit.entries("open", name).length === 2),
      names,
    );
    figures[key] = await page.run(
      (key, names) => {
        const [{ at }] = kit.entries(`fault ${key}`);
        const noticed = names.map(
          (name) => kit.entries("state", name).find((it) => it.state.name === "waiting").at - at,
        );
        const back = names.map((name) => kit.entries("open", name)[1].at - at);
        return { noticed, back };
      },
      key,
      names,
    );
  }
  return figures;
}

/** One after the other: an unanswered handshake holds up every other one to the same address. */
async function handshakes(page, server) {
  const figures = {};
  for (const fault of ["refuse", "silent"]) {
    const name = fault === "refuse" ? "refused" : fault;
    const url = server.ws("/ws/echo", { client: name, fault, times: 1 });
    await page.run((name, url) => void kit.connect(name, url), name, url);
    await page.untilFor(60_000, (name) => kit.isIn(name, "open"), name);
    figures[name] = await page.run((name) => {
      const [dialled, gaveUp] = ["connecting", "waiting"].map((state) =>
        kit.entries("state", name).find((it) => it.state.name === state),
      );
      const [open] = kit.entries("open", name);
      return { noticed: [gaveUp.at - dialled.at], back: [open.at - dialled.at] };
    }, name);
  }
  return figures;
}

async function halfOpen(page, server) {
  await page.run(
    (idle, send) => {
      const heartbeat = { ping: { type: "ping" }, isPong: (m) => m.type === "pong" };
      kit.connect("idle", idle, { heartbeat });
      kit.connect("send", send, { heartbeat });
    },
    server.ws("/ws/echo", { client: "idle" }),
    server.ws("/ws/echo", { client: "send" }),
  );
  await page.reached("idle", "open");
  await page.reached("send", "open");
  for (const client of ["idle", "send"]) await server.control({ action: "stall", client });
  await page.run(() => kit.note("idle"));
  await pass(8_000); // so that the send comes after silence
  await page.run(() => {
    kit.note("send");
    kit.sockets.send.send("anybody there?");
  });
  await page.untilFor(80_000, () =>
    ["idle", "send"].every((name) => kit.entries("open", name).length === 2),
  );
  return page.run(() =>
    Object.fromEntries(
      ["idle", "send"].map((name) => {
        const [{ at }] = kit.entries(name);
        const noticed =
          kit.entries("state", name).find((it) => it.state.name === "waiting").at - at;
        return [name, { noticed: [noticed], back: [kit.entries("open", name)[1].at - at] }];
      }),
    ),
  );
}

/** What ends a wait at once. After a clean close: Firefox itself holds a dial back that follows a reset. */
async function signals(page, server) {
  const figures = {};
  const ends = {
    online: async () => {
      const goOnline = await goOffline(page);
      await server.control({ action: "close", code: 1011, reason: "failed", client: "online" });
      await longWait(page, "online");
      await goOnline();
      return () => kit.entries("online").at(-1).at;
    },
    shown: async () => {
      await server.control({ action: "close", code: 1011, reason: "failed", client: "shown" });
      await longWait(page, "shown");
      await (await hide(page))();
      return () => kit.entries("visibilitychange").at(-1).at;
    },
    reconnect: async () => {
      await server.control({ action: "close", code: 1011, reason: "failed", client: "reconnect" });
      await longWait(page, "reconnect");
      await page.run(() => {
        kit.note("reconnect now");
        kit.sockets.reconnect.reconnect();
      });
      return () => kit.entries("reconnect now").at(-1).at;
    },
  };
  for (const [key, end] of Object.entries(ends)) {
    await page.run(
      (key, url, backoff) => void kit.connect(key, url, { backoff }),
      key,
      server.ws("/ws/echo", { client: key }),
      LONG,
    );
    await page.reached(key, "open");
    const before = await end();
    await page.reached(key, "open");
    const start = await page.run(before);
    figures[key] = {
      back: [(await page.run((key) => kit.entries("open", key).at(-1).at, key)) - start],
    };
  }
  return figures;
}

async function longWait(page, name) {
  await page.untilFor(
    30_000,
    (name) => {
      const { state } = kit.sockets[name];
      return state.name === "waiting" && state.until - Date.now() > 5_000;
    },
    name,
  );
}

async function waking(page, server) {
  await page.run(
    (url) => {
      const heartbeat = { ping: { type: "ping" }, isPong: (m) => m.type === "pong" };
      kit.connect("wake", url, { heartbeat });
    },
    server.ws("/ws/echo", { client: "wake" }),
  );
  await page.reached("wake", "open");
  const stopped = stopRenderer(page, 15_000);
  await server.control({ action: "stall", client: "wake" });
  await stopped;
  const woke = await page.run(() => kit.note("woke").at);
  await page.untilFor(40_000, () => kit.entries("open", "wake").length === 2);
  const at = await page.run(() => ({
    noticed: kit.entries("state", "wake").find((it) => it.state.name === "waiting").at,
    back: kit.entries("open", "wake")[1].at,
  }));
  return { wake: { noticed: [at.noticed - woke], back: [at.back - woke] } };
}

async function cached(page, server) {
  const known = [];
  const back = [];
  await page.run((url) => void kit.connect("a", url), server.ws("/ws/echo", { client: "a" }));
  for (let round = 1; round <= 5; round += 1) {
    await page.reached("a", "open");
    await page.leave();
    const { connections } = await server.wait({ client: "a", closed: round });
    await page.back();
    await page.until((round) => kit.entries("open", "a").length === round + 1, round);
    const closedAt = Math.max(...connections.map((it) => it.closed_at ?? 0));
    known.push(closedAt - (await page.run(() => kit.entries("pagehide").at(-1).epoch)));
    back.push(
      await page.run(() => kit.entries("open", "a").at(-1).at - kit.entries("pageshow").at(-1).at),
    );
    await pass(5_100); // signals of this kind are acted on once in five seconds
  }
  return { bfcache: { noticed: known }, pageshow: { back } };
}

async function frozen(page, server) {
  await page.run(
    (url, backoff) => void kit.connect("a", url, { backoff }),
    server.ws("/ws/echo", { client: "a" }),
    LONG,
  );
  await page.reached("a", "open");
  const unhide = await hide(page);
  await (await freeze(page))();
  await page.until(() => kit.entries("open", "a").length === 2);
  const back = await page.run(
    () => kit.entries("open", "a")[1].at - kit.entries("resume").at(-1).at,
  );
  await unhide();
  return { resume: { back: [back] } };
}

function print() {
  const columns = browserNames.flatMap((name) => [`${versions[name]}: noticed`, "back"]);
  console.log(`| fault | bound | ${columns.join(" | ")} |`);
  console.log(`|---|---|${columns.map(() => "---|").join("")}`);
  for (const { key, title, bound } of ROWS) {
    const cells = browserNames.flatMap((name) => {
      const figure = results[name][key];
      return [summary(figure?.noticed), summary(figure?.back)];
    });
    console.log(`| ${title} | ${bound} | ${cells.join(" | ")} |`);
  }
  console.log(
    `\nSeveral values: mean (largest) of ${Object.entries(SOCKETS)
      .map(([name, count]) => `${count} sockets in ${name}`)
      .join(
        ", ",
      )}, for the cache of 5 rounds. "–": not of this fault, or cannot be made in this browser.`,
  );
}

function summary(values) {
  if (!values?.length) return "–";
  const mean = values.reduce((sum, it) => sum + it, 0) / values.length;
  if (values.length === 1) return time(mean);
  return `${time(mean)} (${time(Math.max(...values))})`;
}

function time(ms) {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
