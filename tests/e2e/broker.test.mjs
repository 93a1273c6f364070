// The page on which tabs talk through the demo server's MQTT broker, as a visitor uses it.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { browserNames, launch } from "./harness/browsers.mjs";
import { look, openDemo } from "./harness/demo.mjs";
import { packPackage } from "./harness/package.mjs";
import { site } from "./harness/paths.mjs";
import { startServer } from "./harness/server.mjs";

const ACKNOWLEDGED = [
  "handed to the browser",
  "acknowledged by the broker",
  "exactly once at the broker",
];

describe("the page of the broker", { concurrency: true }, () => {
  for (const name of browserNames) {
    describe(
      `the page of the broker (${name})`,
      { concurrency: 3 },
      () => {
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

        /** A test with a room of its own, two tabs in it unless `alone`, and `open(options)` for more. */
        const test = (room, title, work, { alone = false } = {}) =>
          it(title, { timeout: 150_000 }, async () => {
            const opened = [];
            const open = async (options) => {
              const demo = await openDemo(browser, server.url, {
                path: "/broker/",
                room,
                ...options,
              });
              opened.push(demo);
              await demo.line("open", 30_000);
              return demo;
            };
            try {
              const tab = (name) => open({ name, client: `${room}-${name}` });
              const tabs = alone ? {} : { ann: await tab("Ann"), ben: await tab("Ben") };
              await work({ ...tabs, open });
              for (const demo of opened) demo.guard.check();
            } catch (error) {
              for (const demo of opened) error.message += `\n${await told(demo)}`;
              throw error;
            } finally {
              await Promise.all(
                opened.filter((demo) => !demo.tab.isClosed()).map((it) => it.close()),
              );
            }
          });

        test(
          "talk",
          "what is said at each quality of service is heard, and its fate is told",
          async ({ ann, ben }) => {
            for (const qos of [0, 1, 2]) {
              await publish(ann, qos, `at ${qos}`);
              await ben.until(hears, 30_000, `at ${qos}`);
              await fate(ann, `at ${qos}`, `${ACKNOWLEDGED[qos]}, and back here`);
            }
            await ann.until(
              () =>
                document.querySelector("#tally").textContent ===
                "Your 3 lines: 3 came back, none doubled.",
            );
            await publish(ben, 2, "and back");
            await ann.until(hears, 30_000, "and back");
          },
        );

        test(
          "board",
          "a retained note is there for who comes later, until it is taken off",
          async ({ ann, ben, open }) => {
            await ann.run(() => {
              document.querySelector("#board-input").value = "tea at four";
              document.querySelector("#board-form").requestSubmit();
            });
            await ben.until(pinned, 15_000, "tea at four");
            const late = await open({ name: "Cleo" });
            await late.until(pinned, 15_000, "tea at four");
            await late.press("#unpin");
            for (const demo of [ann, ben, late])
              await demo.until(pinned, 15_000, "Nothing pinned.");
          },
        );

        test(
          "people",
          "a tab that is closed is gone by its will, and one that says goodbye at once",
          async ({ ann, ben, open }) => {
            await ann.until(isHere, 15_000, "Ben", true);
            await ben.until(isHere, 15_000, "Ann", true);
            await ben.close();
            await ann.until(isHere, 30_000, "Ben", false);
            const cleo = await open({ name: "Cleo" });
            await cleo.until(isHere, 15_000, "Ben", false);
            await ann.until(isHere, 15_000, "Cleo", true);
            await cleo.press('[data-action="close"]');
            await cleo.line("closed");
            await ann.until(isHere, 15_000, "Cleo", false);
            await cleo.press('[data-action="reconnect"]');
            await ann.until(isHere, 30_000, "Cleo", true);
          },
        );

        test(
          "cut",
          "with the line cut what is said waits on both sides, and goes on in the same session",
          async ({ ann, ben }) => {
            await ann.press("label.switch");
            await ann.line("waiting");
            await publish(ann, 1, "out at one");
            await publish(ann, 2, "out at two");
            await fate(ann, "out at two", "waiting in the queue");
            await publish(ben, 2, "in at two");
            await fate(ben, "in at two", `${ACKNOWLEDGED[2]}, and back here`);
            await ben.until(isHere, 30_000, "Ann", false);
            await ann.press("label.switch");
            await ann.line("open", 30_000);
            await ann.until(hears, 30_000, "in at two");
            for (const text of ["out at one", "out at two"]) await ben.until(hears, 30_000, text);
            await fate(ann, "out at two", `${ACKNOWLEDGED[2]}, and back here`);
            await ben.until(isHere, 30_000, "Ann", true);
            assert.equal(
              await ann.run(() => document.querySelector("#session").textContent),
              "Went on where it was",
            );
            assert.deepEqual(await ben.run(texts), ["in at two", "out at one", "out at two"]);
          },
        );

        test(
          "midway",
          "a reset midway: at QoS 2 every line comes once, in order",
          async ({ ann, ben }) => {
            await ann.press('[name="qos"][value="2"]');
            await ann.press("#midway");
            const lines = Array.from({ length: 10 }, (_, i) => `Talk 1, line ${i + 1} of 10`);
            await ben.until(hears, 30_000, lines.at(-1));
            for (const text of lines) {
              await fate(ann, text, `${ACKNOWLEDGED[2]}, and back here`);
            }
            assert.notEqual(
              await ann.run(() => document.querySelector("#last-break").textContent),
              "None yet",
            );
            assert.deepEqual(await ben.run(texts), lines);
          },
        );

        for (const size of [
          { width: 360, height: 640 },
          { width: 1280, height: 800 },
        ]) {
          test(
            `size-${size.width}`,
            `${size.width} × ${size.height}: no sideways scroll, targets of 44 px, a screenshot`,
            async ({ open }) => {
              const demo = await open({ name: "x".repeat(60), size });
              await publish(demo, 1, "x".repeat(300));
              await fate(demo, "x".repeat(300), `${ACKNOWLEDGED[1]}, and back here`);
              const { scroll, width, small } = await demo.run(look);
              assert.ok(
                scroll <= width,
                `the page is ${scroll} px wide in a window of ${width} px`,
              );
              assert.deepEqual(small, [], "targets below 44 px");
              await demo.screenshot(`broker-${size.width}`);
            },
          );
        }
      },
      { alone: true },
    );
  }
});

/** What a page says of itself, so that a red test explains itself. */
async function told(demo) {
  const shown = await demo
    .run(() =>
      [...document.querySelectorAll("#notice, #state, #log li, .mine")].map((it) => it.textContent),
    )
    .catch(({ message }) => [message]);
  return [...shown, ...demo.guard.strays()].join("\n  ");
}

const texts = () =>
  [...document.querySelectorAll("#talk .text")].map(({ textContent }) => textContent);

const hears = (text) =>
  [...document.querySelectorAll("#talk .text")].some((it) => it.textContent === text);

const pinned = (note) => document.querySelector("#board").textContent === note;

const isHere = (name, here) =>
  [...document.querySelectorAll("#people li")].some(
    (it) => it.querySelector(".name").textContent === name && it.dataset.here === String(here),
  );

/** Chooses a quality of service and says something, without waiting for anything. */
const publish = (demo, qos, text) =>
  demo.run(
    (qos, text) => {
      document.querySelector(`[name="qos"][value="${qos}"]`).click();
      document.querySelector("#talk-input").value = text;
      document.querySelector("#talk-form").requestSubmit();
    },
    qos,
    text,
  );

/** Waits until our line with this text shows this fate. */
const fate = (demo, text, words) =>
  demo.until(
    (text, words) =>
      [...document.querySelectorAll("#talk .mine")].some(
        (it) =>
          it.querySelector(".text").textContent === text &&
          it.querySelector(".fate").textContent === words,
      ),
    40_000,
    text,
    words,
  );
