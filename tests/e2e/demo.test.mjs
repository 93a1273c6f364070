// The demo site as it is served: it talks, survives each of its own buttons, and fits a small screen.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { browserNames, launch } from "./harness/browsers.mjs";
import { look, openDemo } from "./harness/demo.mjs";
import { packPackage } from "./harness/package.mjs";
import { site } from "./harness/paths.mjs";
import { startServer } from "./harness/server.mjs";

const SIZES = [
  { width: 360, height: 640 },
  { width: 1280, height: 800 },
];

// Faults that the line gets over by itself.
const FAULTS = ["kill", "stall", "refuse", "restart", "retry-after", "expire-token"];
// Those that say or show more, with tests of their own.
const OTHERS = ["refuse-token", "drop-pongs", "midway", "garbage"];

// A busy machine may bring about a break more than was ordered.
const SENT_AGAIN = /^sent again( ×\d)?, received, in the room$/;
const RECEIVED = /received, in the room$/;

// The browsers run side by side. Subtests inherit what is said of theirs: only the buttons, which mostly wait, are pressed
// several at a time.
describe("the demo", { concurrency: true }, () => {
  for (const name of browserNames) {
    describe(`the demo (${name})`, { concurrency: 1 }, () => {
      let browser;
      let server;
      before(
        async () => {
          const { mounts } = await packPackage();
          server = await startServer({ root: site, mounts });
          browser = await launch(name);
        },
        { timeout: 120_000 },
      );
      after(
        async () => {
          await browser?.close();
          await server?.stop();
        },
        { timeout: 40_000 },
      );

      /** A test that gets `open(options)`, which opens the demo in a window of its own. */
      const test = (title, work, timeout = 120_000) =>
        it(title, { timeout }, async () => {
          const opened = [];
          const open = async (options) => {
            const demo = await openDemo(browser, server.url, options);
            opened.push(demo);
            return demo;
          };
          try {
            await work(open);
            for (const demo of opened) demo.guard.check();
          } finally {
            await Promise.all(opened.map((demo) => demo.close()));
          }
        });

      test("two windows talk to each other, the ticker ticks", async (open) => {
        const ann = await open({ name: "Ann", room: "talk" });
        await ann.connected();
        const ben = await open({ name: "Ben", room: "talk" });
        await ben.connected();
        await ben.say("hello from Ben");
        await ann.hears("hello from Ben");
        await ben.until(() => /\d/.test(document.querySelector(".price").textContent));
        const price = await ben.run(() => document.querySelector("#symbols").textContent);
        await ben.until(
          (price) => document.querySelector("#symbols").textContent !== price,
          10_000,
          price,
        );
      });

      describe("its buttons and the fates", { concurrency: 4 }, () => {
        buttons(test);
        fates(test, () => server);
      });
      // One after the other: all windows of a browser share what the page remembers of its theme.
      for (const scheme of ["light", "dark"]) {
        describe(`its looks, ${scheme}`, () => looks(test, scheme, () => server));
      }
    });
  }
});

function buttons(test) {
  for (const fault of FAULTS) {
    test(`"${fault}": down, and back by itself`, async (open) => {
      const demo = await open({ name: "Ann", room: fault });
      await demo.connected();
      await demo.press(`[data-fault="${fault}"]`);
      await demo.until(
        () => document.querySelector("#last-break").textContent !== "None yet",
        30_000,
      );
      await write(demo, "said while down");
      await demo.hears("said while down");
      await demo.until(() => /Waiting/.test(document.querySelector("#log").textContent));
      await demo.connected();
      await demo.say("and back");
    });
  }

  test('"refuse-token": signed out after one fresh try, "sign in again" brings it back', async (open) => {
    const demo = await open({ name: "Ann", room: "token" });
    await demo.connected();
    await demo.press('[data-fault="refuse-token"]');
    await demo.line("closed", 20_000);
    for (;;) {
      // For ten seconds the server refuses every token: a visitor tries again.
      await demo.press('[data-action="sign-in"]');
      await demo.until(
        () => ["open", "closed"].includes(document.querySelector("#state").dataset.state),
        20_000,
      );
      if (await demo.run(() => document.querySelector("#state").dataset.state === "open")) break;
    }
    await demo.say("in again");
  });

  test('"garbage": a note in the log, the line stays', async (open) => {
    const demo = await open({ name: "Ann", room: "garbage" });
    await demo.connected();
    await demo.press('[data-fault="garbage"]');
    await demo.until(() => /does not fit/.test(document.querySelector("#log").textContent));
    await demo.say("still here");
    assert.equal(await demo.run(() => document.querySelector("#state").dataset.state), "open");
  });

  test("every fault on the page is one of those tested here", async (open) => {
    const demo = await open({ room: "list" });
    await demo.connected();
    const shown = await demo.run(() =>
      [...document.querySelectorAll("[data-fault]")].map((it) => it.dataset.fault),
    );
    assert.deepEqual(shown.sort(), [...FAULTS, ...OTHERS].sort());
  });

  test("the controls: reconnect, pause, resume, close, and reconnect again", async (open) => {
    const demo = await open({ name: "Ann", room: "controls" });
    await demo.connected();
    await demo.press('[data-action="reconnect"]');
    await demo.until(() => document.querySelector("#since-break").textContent.startsWith("Back"));
    await demo.connected();
    await demo.press('[data-action="pause"]');
    await demo.line("suspended");
    await demo.press('[data-action="resume"]');
    await demo.connected();
    await demo.press('[data-action="close"]');
    await demo.line("closed");
    await demo.press('[data-action="reconnect"]');
    await demo.connected();
    await demo.run(() => {
      document.querySelector("#chat-name").value = "Anna";
      document.querySelector("#chat-name-form").requestSubmit();
    });
    await demo.until(() =>
      document.querySelector("#chat-members").textContent.includes("Anna (you)"),
    );
    await demo.say("renamed");
    await demo.press("#log-clear");
    await demo.until(() => document.querySelectorAll("#log li").length === 0);
    await demo.press("#theme");
    await demo.until(() => document.documentElement.style.colorScheme === "light");
  });
}

/** What the page says of each of our own lines, while the server does its worst; a second page counts them. */
function fates(test, server) {
  const inRoom = async (open, room, delivery) => {
    const ben = await open({ name: "Ben", room });
    const ann = await open({ name: "Ann", room, client: room });
    await Promise.all([ben.connected(), ann.connected()]);
    if (delivery) {
      await ann.press(`[name="delivery"][value="${delivery}"]`); // the line shows the new socket at once
      await ann.connected();
    }
    return { ann, ben, control: (order) => server().control({ client: room, ...order }) };
  };

  test("stalled: sent, then sent again, received, and once in the room", async (open) => {
    const { ann, ben, control } = await inRoom(open, "stalled");
    await write(ann, "before");
    await fate(ann, "before", "received, in the room"); // from now on a pong is overdue after 2 s
    await control({ action: "stall" });
    await writeAndSee(ann, "into the void", "sent");
    await fate(ann, "into the void", SENT_AGAIN, 40_000);
    await tally(ann, "Your 2 lines: 2 in the room, none lost, none doubled.");
    await heard(ben, ["before", "into the void"]);
  });

  test("refused: waiting in the queue; what it has no room for is given up, until sent again", async (open) => {
    const { ann, ben, control } = await inRoom(open, "refused");
    await control({ action: "refuse", ms: 60_000, kill: true });
    await ann.line("waiting");
    const lines = Array.from({ length: 21 }, (_, i) => `line ${i + 1}`);
    await write(ann, ...lines);
    await fate(ann, "line 20", "waiting in the queue");
    await fate(ann, "line 21", "given up: the queue is full");
    await ann.until(() => document.querySelector("#queue-depth").textContent === "20");
    await control({ action: "refuse", ms: 0 });
    await ann.press('[data-action="reconnect"]');
    await fate(ann, "line 20", RECEIVED, 40_000);
    await tally(ann, "Your 21 lines: 20 in the room, 1 given up, none lost, none doubled.");
    await heard(ben, lines.slice(0, 20));
    await ann.press(".chat-log .again");
    await fate(ann, "line 21", RECEIVED, 40_000);
    await tally(ann, "Your 21 lines: 21 in the room, none lost, none doubled.");
    await heard(ben, lines);
  });

  test("pongs dropped: in the room without a pong, sent again after the break, and not doubled", async (open) => {
    const { ann, ben } = await inRoom(open, "dropped");
    await write(ann, "before");
    await fate(ann, "before", "received, in the room");
    await ann.press('[data-fault="drop-pongs"]');
    await ann.until(() => /affected/.test(document.querySelector("#fault-said").textContent));
    await writeAndSee(ann, "unconfirmed", "in the room, no pong yet");
    await fate(ann, "unconfirmed", SENT_AGAIN, 40_000);
    await tally(ann, "Your 2 lines: 2 in the room, none lost, none doubled.");
    // A line said later stands after any double there might have been.
    await ann.say("the last word");
    await heard(ben, ["before", "unconfirmed", "the last word"]);
  });

  test("pongs late: received when they come; and what is received the room may still refuse", async (open) => {
    const { ann, ben, control } = await inRoom(open, "late");
    await control({ action: "delay-pongs", ms: 1_000 });
    await writeAndSee(ann, "patience", "in the room, no pong yet");
    await fate(ann, "patience", "received, in the room");
    const tooLong = "x".repeat(2_001);
    await writeAndSee(ann, tooLong, "sent");
    await fate(ann, tooLong, "received by the server");
    await ann.until(() => /The server says/.test(document.querySelector("#log").textContent));
    await ann.say("shorter");
    await heard(ben, ["patience", "shorter"]);
    assert.equal(
      await ann.run(() => document.querySelector("#last-break").textContent),
      "None yet",
    );
  });

  test("killed midway, three times: every line in the room, once, in order", async (open) => {
    const { ann, ben } = await inRoom(open, "midway");
    const lines = [];
    for (const talk of [1, 2, 3]) {
      await ann.press('[data-fault="midway"]');
      for (let i = 1; i <= 10; i++) lines.push(`Talk ${talk}, line ${i} of 10`);
      await fate(ann, lines.at(-1), RECEIVED, 40_000);
    }
    await tally(ann, "Your 30 lines: 30 in the room, none lost, none doubled.");
    const fates = await ann.run(() =>
      [...document.querySelectorAll("#chat-log .fate")].map((it) => it.textContent),
    );
    assert.ok(
      fates.some((it) => it.startsWith("sent again")),
      "the kills came when nothing was on its way",
    );
    await heard(ben, lines);
  });

  test("at most once: maybe lost at a break unless the room has it, sent again only when asked", async (open) => {
    const { ann, ben, control } = await inRoom(open, "most", "at-most-once");
    await control({ action: "drop-pongs", on: true });
    await writeAndSee(ann, "here", "in the room, no pong yet");
    await control({ action: "kill" });
    await fate(ann, "here", "in the room");
    await ann.connected();
    await control({ action: "stall" });
    await writeAndSee(ann, "gone", "sent");
    await control({ action: "kill" });
    await fate(ann, "gone", "maybe lost: the connection ended before a pong");
    await tally(ann, "Your 2 lines: 1 in the room, 1 maybe lost, none doubled.");
    await ann.connected();
    await ann.say("meanwhile");
    await heard(ben, ["here", "meanwhile"]);
    await ann.press(".chat-log .again");
    await fate(ann, "gone", RECEIVED, 40_000);
    await heard(ben, ["here", "meanwhile", "gone"]);
  });

  test("a token that expires is renewed on the open line", async (open) => {
    const demo = await open({ name: "Ann", room: "renewed", client: "renewed", expires: 10_000 });
    await demo.connected();
    await demo.until(
      () => document.querySelector("#log").textContent.match(/Token renewed/g)?.length >= 2,
      60_000,
    );
    await demo.say("still signed in");
    const { connections } = await server().connections("renewed");
    const chats = connections.filter(({ path }) => path.startsWith("/ws/auth/"));
    assert.equal(chats.length, 1, "connections of the chat");
    assert.ok(chats[0].auths >= 3, `${chats[0].auths} tokens sent`);
  });
}

/** Says something without waiting for anything. */
function write(demo, ...texts) {
  return demo.run((texts) => {
    for (const text of texts) {
      document.querySelector("#chat-input").value = text;
      document.querySelector("#chat-form").requestSubmit();
    }
  }, texts);
}

/** Says something whose next fate is over in a second or two: it is looked out for before. */
function writeAndSee(demo, text, words) {
  return Promise.all([fate(demo, text, words), write(demo, text)]);
}

/** Waits until the line with this text shows this fate: the words, or a pattern. */
function fate(demo, text, words, limit) {
  const shows = (text, words, pattern) =>
    [...document.querySelectorAll("#chat-log li")].some((it) => {
      if (it.querySelector(".text").textContent !== text) return false;
      const fate = it.querySelector(".fate").textContent;
      return pattern ? new RegExp(pattern).test(fate) : fate === words;
    });
  return demo.until(shows, limit, text, words, words.source);
}

function tally(demo, words) {
  const shows = (words) => document.querySelector("#chat-tally").textContent === words;
  return demo.until(shows, 15_000, words);
}

/** Waits for the last of these lines, and then holds all that the page heard against them. */
async function heard(demo, lines) {
  const texts = () =>
    [...document.querySelectorAll("#chat-log .text")].map(({ textContent }) => textContent);
  await demo.hears(lines.at(-1));
  assert.deepEqual(await demo.run(texts), lines);
}

function looks(test, scheme, server) {
  for (const size of SIZES) {
    test(`${scheme}, ${size.width} × ${size.height}: no sideways scroll, targets of 44 px, a screenshot`, async (open) => {
      const label = `${scheme}-${size.width}`;
      const demo = await open({ name: "Ann", room: label, scheme, size, client: label });
      await demo.connected();
      await demo.say("The quick brown fox jumps over the lazy dog, again and again and again.");
      await demo.say("x".repeat(300));
      await demo.until(() => document.querySelector("#latency").textContent !== "–", 20_000);
      const { scroll, width, small, background } = await demo.run(look);
      assert.ok(scroll <= width, `the page is ${scroll} px wide in a window of ${width} px`);
      assert.deepEqual(small, [], "targets below 44 px");
      assert.equal(isDark(background), scheme === "dark", `the background is ${background}`);
      await demo.screenshot(`demo-${label}`);
      await server().control({ action: "refuse", client: label, ms: 2_000, kill: true });
      await demo.line("waiting");
      await write(demo, "said while down");
      await fate(demo, "said while down", "waiting in the queue");
      const broken = await demo.run(look);
      assert.ok(broken.scroll <= broken.width, "sideways scroll while waiting");
      assert.deepEqual(broken.small, [], "targets below 44 px while waiting");
      await demo.screenshot(`demo-${label}-waiting`);
    });
  }
}

function isDark(color) {
  const [r, g, b] = color.match(/[\d.]+/g).map(Number);
  return r + g + b < 3 * 128;
}
