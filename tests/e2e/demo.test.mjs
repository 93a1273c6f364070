// The demo site as it is served: it talks, survives each of its own buttons, and fits a small screen.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { browserNames, launch } from "./harness/browsers.mjs";
import { openDemo } from "./harness/demo.mjs";
import { packPackage } from "./harness/package.mjs";
import { site } from "./harness/paths.mjs";
import { startServer } from "./harness/server.mjs";

const SIZES = [
  { width: 360, height: 640 },
  { width: 1280, height: 800 },
];

// Faults that the line gets over by itself.
const FAULTS = ["kill", "stall", "refuse", "restart", "retry-after", "expire-token"];

// Subtests inherit this: only the buttons, which mostly wait, are pressed several at a time.
describe("the demo", { concurrency: 1 }, () => {
  for (const name of browserNames) {
    describe(`the demo (${name})`, () => {
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
      const test = (title, work, timeout = 60_000) =>
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

      describe("its buttons", { concurrency: 4 }, () => buttons(test));
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
        20_000,
      );
      await demo.run(() => {
        document.querySelector("#chat-input").value = "said while down";
        document.querySelector("#chat-form").requestSubmit();
      });
      await demo.hears("said while down");
      await demo.until(() => /Waiting/.test(document.querySelector("#log").textContent));
      await demo.connected();
      await demo.say("and back");
    }, 90_000);
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
  }, 90_000);

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
    assert.deepEqual(shown.sort(), [...FAULTS, "refuse-token", "garbage"].sort());
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
      const broken = await demo.run(look);
      assert.ok(broken.scroll <= broken.width, "sideways scroll while waiting");
      assert.deepEqual(broken.small, [], "targets below 44 px while waiting");
      await demo.screenshot(`demo-${label}-waiting`);
    });
  }
}

/** In the page: its width, its background, and every target that is too small to be hit by a thumb. */
function look() {
  const small = [];
  for (const element of document.querySelectorAll(
    "a[href], button, input, select, textarea, summary",
  )) {
    // A control inside its label is hit through the label.
    const target = element.closest("label") ?? element;
    const { width, height } = target.getBoundingClientRect();
    const { visibility, display } = getComputedStyle(target);
    const shown = width > 1 && height > 1 && visibility !== "hidden" && display !== "none";
    const skipLink = element.matches(".skip"); // shows up for the keyboard only
    if (shown && !skipLink && (width < 43.5 || height < 43.5)) {
      small.push(
        `${element.tagName} "${element.textContent.trim().slice(0, 30)}" ${width} × ${height}`,
      );
    }
  }
  const root = document.documentElement;
  const scroll = Math.max(root.scrollWidth, document.body.scrollWidth);
  return {
    scroll,
    width: root.clientWidth,
    small,
    background: getComputedStyle(document.body).backgroundColor,
  };
}

function isDark(color) {
  const [r, g, b] = color.match(/[\d.]+/g).map(Number);
  return r + g + b < 3 * 128;
}
