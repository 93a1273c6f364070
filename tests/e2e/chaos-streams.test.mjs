// Ten thousand numbered messages each way through half a minute of random faults, in both modes of delivery: what
// the client says of each message is what the server saw.
//
//   CHAOS_SEED=7 node --test tests/e2e/chaos-streams.test.mjs     the same faults, in the same order
import assert from "node:assert/strict";
import { freeze, goOffline } from "./harness/conditions.mjs";
import { suite } from "./harness/suite.mjs";
import { pass } from "./harness/time.mjs";

const COUNT = 10_000;
const CHAOS_MS = 30_000;
/** The labels of the three sockets: at least once, at most once, and from the server. */
const LABELS = ["least", "most", "down"];
const SEED = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 2 ** 31));

suite("streams through chaos", ({ test, name }) => {
  test(
    "at least once loses nothing, at most once doubles nothing, a resumed stream is whole, and every fate is true",
    async ({ server, page }) => {
      // Chromium's own word on a message that was sent while the news of the close was still on its way.
      page.guard.allow(/WebSocket is already in CLOSING or CLOSED state/);
      const random = numbersFrom(SEED);
      await page.run(startStreams, {
        least: server.ws("/ws/sink", { client: "least" }),
        most: server.ws("/ws/sink", { client: "most" }),
        down: server.ws("/ws/flood", { client: "down", size: 100 }),
        total: COUNT,
        lasts: CHAOS_MS,
      });
      // From the first pong on a missing one is due within 2 s instead of 10.
      await page.until(() => chaos.isMeasured());
      await page.run(() => chaos.begin());

      const faults = await makeChaos({ server, page, random, freezes: name === "chromium" });

      // Calm: what a stall held back is delivered, late as it is.
      await server.control({ action: "stall", ms: 0 });
      await page.untilFor(60_000, () => chaos.isSent() && chaos.isReceived());
      await page.runFor(60_000, async () => {
        await kit.sockets.least.flushed();
        await kit.sockets.most.flushed();
        await Promise.all(chaos.promises);
        for (const socket of Object.values(kit.sockets)) await socket.close();
      });
      for (const client of LABELS) await server.wait({ client, open: 0, timeout: 30_000 });

      const [least, most] = [await server.sink("least"), await server.sink("most")];
      const seen = JSON.parse(await page.run(() => JSON.stringify(chaos.result())));
      tell(name, faults, seen, least, most);

      const numbers = Array.from({ length: COUNT }, (_, seq) => seq);
      same(least.unique, numbers, "at least once");
      assert.equal(least.doubles, least.seqs.length - COUNT);
      assert.deepEqual(seen.drops, { least: 0, most: 0, down: 0 });
      assert.deepEqual(seen.leastFates, { confirmed: seen.leastAsked });

      const arrived = new Set(most.seqs);
      assert.equal(arrived.size, most.seqs.length, "at most once: something arrived twice");
      const { fates } = seen;
      assert.equal(fates.filter(Boolean).length, COUNT, "a message without a fate");
      const untrue = fates.flatMap(({ fate, sent }, seq) => {
        const isIn = arrived.has(seq);
        if (fate === "confirmed") return isIn ? [] : [`${seq} confirmed, but not received`];
        if (!sent) return isIn ? [`${seq} ${fate} and not sent, but received`] : [];
        return ["unconfirmed", "timeout"].includes(fate) ? [] : [`${seq} ${fate}, sent`];
      });
      assert.deepEqual(untrue, []);
      const count = (fate, sent) =>
        fates.filter((it) => it.fate === fate && it.sent === sent).length;
      const confirmed = count("confirmed", true);
      assert.ok(confirmed > COUNT / 10, `only ${confirmed} were confirmed`);

      // What `open` says of the links adds up to the same; a message may have been confirmed after its time was over.
      const unconfirmed = count("unconfirmed", true);
      const counted = seen.unconfirmed.most;
      assert.ok(
        counted >= unconfirmed && counted <= unconfirmed + count("timeout", true),
        `${counted} counted as unconfirmed, ${unconfirmed} told`,
      );

      same(
        seen.down,
        numbers.map((seq) => seq + 1),
        "from the server",
      );
      const found = LABELS.reduce((sum, label) => sum + (seen.breaks[label].heartbeat ?? 0), 0);
      assert.ok(found >= 2, "the stalls did not show");
      for (const label of LABELS) assert.ok(seen.opens[label] > 2, `${label} hardly ever broke`);
    },
    { timeout: 150_000, records: true },
  );
});

/** Deals out the faults in a random order, and says what they were. */
async function makeChaos({ server, page, random, freezes }) {
  const below = (n) => Math.floor(random() * n);
  const between = (low, high) => low + below(high - low + 1);
  const target = () => [...LABELS, null][below(4)];
  const label = () => LABELS[below(3)];
  const kinds = {
    kill: () => server.control({ action: "kill", client: target() }),
    // For ever: only the heartbeat finds it, unless another fault comes first.
    stall: () => server.control({ action: "stall", client: label() }),
    "stall, and nothing else": async () => {
      const name = label();
      await page.reached(name, "open", 60_000);
      const found = await page.run((name) => chaos.found(name), name);
      await server.control({ action: "stall", client: name });
      await page.untilFor(60_000, (name, found) => chaos.found(name) > found, name, found);
    },
    "short stall": () =>
      server.control({ action: "stall", client: target(), ms: between(200, 1_800) }),
    close: () =>
      server.control({ action: "close", client: target(), code: [1001, 1011, 4000][below(3)] }),
    "late pongs": () =>
      server.control({ action: "delay-pongs", client: label(), ms: between(100, 600) }),
    "double pongs": () => server.control({ action: "double-pongs", client: label(), on: true }),
    refusal: () =>
      server.control({ action: "refuse", client: label(), ms: between(100, 800), kill: true }),
    restart: () => server.control({ action: "restart", ms: between(100, 800) }),
    offline: async () => {
      const goOnline = await goOffline(page);
      await pass(between(100, 1_000));
      if (below(2)) await server.control({ action: "kill", client: target() });
      await goOnline();
    },
    freeze: async () => {
      const resume = await freeze(page);
      await pass(between(200, 1_500));
      if (below(2)) await server.control({ action: "kill", client: target() });
      await pass(between(0, 500));
      await resume();
    },
    "another process": () => server.restart(),
  };
  const often = {
    kill: 6,
    stall: 2,
    "stall, and nothing else": 2,
    "short stall": 3,
    close: 2,
    offline: 2,
    freeze: freezes ? 2 : 0,
  };
  const deck = Object.keys(kinds).flatMap((kind) => Array(often[kind] ?? 1).fill(kind));
  for (let i = deck.length - 1; i > 0; i -= 1) {
    const j = below(i + 1);
    [deck[i], deck[j]] = [deck[j], deck[i]];
  }
  const start = performance.now();
  for (const [i, kind] of deck.entries()) {
    const due = (CHAOS_MS * (i + random())) / deck.length;
    await pass(Math.max(0, start + due - performance.now()));
    await kinds[kind]();
  }
  return deck;
}

/** In the page: three sockets, and senders that spread their messages over `lasts` ms. */
function startStreams({ least, most, down, total, lasts }) {
  const opens = {};
  const breaks = {};
  const drops = {};
  const unconfirmed = {};
  const connect = (name, url, options) => {
    const socket = tautline.connect(url, {
      heartbeat: {
        interval: 400,
        hiddenInterval: 400, // a page that was frozen may stay hidden
        ping: (id) => ({ type: "ping", id }),
        isPong: (m) => m.type === "pong" && m.id,
      },
      confirmWithin: 50,
      backoff: { initial: 100, max: 1_000 },
      ...options,
    });
    kit.sockets[name] = socket;
    [opens[name], breaks[name], drops[name], unconfirmed[name]] = [0, {}, 0, 0];
    socket.addEventListener("state", ({ state, previous }) => {
      const { kind, code } = state.cause ?? {};
      if (previous.name === "open" && kind) {
        const what = code ? `${kind} ${code}` : kind;
        breaks[name][what] = (breaks[name][what] ?? 0) + 1;
      }
      kit.note("state", { name, state: kit.plain(state) });
    });
    socket.addEventListener("open", (event) => {
      opens[name] += 1;
      unconfirmed[name] += event.unconfirmed;
    });
    socket.addEventListener("latency", () => kit.note("latency", { name }), { once: true });
    socket.addEventListener("drop", () => {
      drops[name] += 1;
    });
    return socket;
  };

  const promises = [];
  const leastFates = {};
  let leastAsked = 0;
  let leastSent = 0;
  const atLeast = connect("least", least, {
    delivery: "at-least-once",
    stamp: (message, mid) => ({ ...message, mid }),
  });
  const sendLeast = () => {
    const message = { seq: leastSent++ };
    if (message.seq % 10) return atLeast.send(message);
    leastAsked += 1;
    const count = (fate) => {
      leastFates[fate] = (leastFates[fate] ?? 0) + 1;
    };
    const promise = atLeast.deliver(message, { until: "confirmed" });
    promises.push(
      promise.then(
        () => count("confirmed"),
        ({ code }) => count(code),
      ),
    );
  };

  const fates = [];
  let mostSent = 0;
  // Room for some 2 s, so that long breaks make it full.
  const atMost = connect("most", most, { queue: { maxMessages: 700 } });
  const sendMost = () => {
    const seq = mostSent++;
    const options = { until: "confirmed" };
    if (seq % 7 === 0) options.ttl = 200;
    if (seq % 11 === 0) options.timeout = 1_000;
    const tell = (fate, sent) => {
      fates[seq] = { fate, sent };
    };
    const promise = atMost.deliver({ seq }, options);
    promises.push(
      promise.then(
        () => tell("confirmed", true),
        ({ code, sent }) => tell(code, sent),
      ),
    );
  };

  let start;
  const received = [];
  const resumed = () => {
    // A single message before it begins, so that there is a silence to be pinged in.
    const left = start ? total - received.length : 1;
    const seconds = Math.max(1, ((start ?? 0) + lasts - performance.now()) / 1_000);
    const rate = Math.max(200, Math.ceil(left / seconds));
    return `${down}&from=${received.length + 1}&count=${Math.max(1, left)}&rate=${rate}`;
  };
  const fromServer = connect("down", resumed, {});
  fromServer.subscribe(({ seq }) => {
    // After the last one a new connection must send something.
    if (received.length < total) received.push(seq);
    if (received.length === total) kit.note("all received");
  });

  const tick = () => {
    const due = Math.min(total, Math.floor(((performance.now() - start) / lasts) * total));
    // What is not confirmed takes room: this sender waits for it, as drained() would.
    let room = 1_000 - atLeast.stats().heldMessages;
    while (leastSent < due && room-- > 0) sendLeast();
    while (mostSent < due) sendMost();
    if (leastSent < total || mostSent < total) setTimeout(tick, 4);
    else kit.note("all sent");
  };

  window.chaos = {
    promises,
    begin() {
      start = performance.now();
      fromServer.reconnect();
      tick();
    },
    isMeasured: () => kit.entries("latency").length === 3,
    found: (name) => breaks[name].heartbeat ?? 0,
    isSent: () => leastSent === total && mostSent === total,
    isReceived: () => received.length === total,
    result: () => ({
      fates,
      leastFates,
      leastAsked,
      down: received,
      opens,
      breaks,
      drops,
      // With those of the last link.
      unconfirmed: Object.fromEntries(
        Object.entries(kit.sockets).map(([name, socket]) => [
          name,
          unconfirmed[name] + socket.stats().unconfirmed,
        ]),
      ),
    }),
  };
}

function tell(name, faults, { fates, opens, breaks, unconfirmed }, least, most) {
  const count = (list) =>
    list.reduce((sum, it) => {
      sum[it] = (sum[it] ?? 0) + 1;
      return sum;
    }, {});
  const lines = {
    seed: SEED,
    faults: count(faults),
    breaks,
    recoveries: Object.fromEntries(LABELS.map((label) => [label, opens[label] - 1])),
    unconfirmed,
    "at least once": { received: least.seqs.length, doubles: least.doubles },
    "at most once": {
      received: most.seqs.length,
      ...count(fates.map(({ fate, sent }) => `${fate}${sent ? "" : ", not sent"}`)),
    },
  };
  for (const [what, value] of Object.entries(lines))
    console.log(`${name}: ${what}: ${JSON.stringify(value)}`);
}

/** As deepEqual, but names the first difference only. */
function same(list, expected, what) {
  const at = expected.findIndex((it, i) => list[i] !== it);
  assert.equal(at, -1, `${what}: place ${at} holds ${list[at]}, not ${expected[at]}`);
  assert.equal(list.length, expected.length, `${what}: ${list.length} messages`);
}

/** Random numbers from 0 to 1, always the same ones for a seed (mulberry32). */
function numbersFrom(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
