// Credentials first, refusal refreshed once, and no token anywhere it does not belong.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

suite(
  "authentication",
  ({ test }) => {
    test("the credentials are the first frame, and the queue leaves after the server's yes", async ({
      server,
      page,
    }) => {
      await signInPage(page);
      const url = server.ws("/ws/auth/first", { client: "a" });
      const fates = await page.run((url) => {
        signIn("a", url, ["good-ann"]);
        return [1, 2, 3].map((n) =>
          kit.sockets.a.send({ type: "say", text: `early ${n}`, ref: `r${n}` }),
        );
      }, url);
      assert.deepEqual(fates, ["queued", "queued", "queued"]);
      await page.until(() => kit.messages("a").filter((it) => it.type === "say").length === 3);
      const texts = await page.run(() =>
        kit
          .messages("a")
          .filter((it) => it.type === "say")
          .map((it) => it.text),
      );
      assert.deepEqual(texts, ["early 1", "early 2", "early 3"]);
      assert.deepEqual(await page.run(() => kit.states("a").slice(-2)), ["authenticating", "open"]);
      assert.equal((await server.connections("a")).total, 1);
    });

    test("refused once: a fresh token is asked for and the socket opens", async ({
      server,
      page,
    }) => {
      await signInPage(page);
      const url = server.ws("/ws/auth/refresh", { client: "a" });
      await page.run((url) => signIn("a", url, ["expired-ann", "good-ann"]), url);
      await page.reached("a", "open");
      assert.equal(await page.run(() => asked.a), 2);
      const [wait] = await page.run(() =>
        kit.entries("state", "a").filter((it) => it.state.name === "waiting"),
      );
      assert.equal(wait.cause.kind, "unauthorized");
      assert.ok(wait.state.until - wait.epoch <= 4_050);
      assert.equal((await server.connections("a")).total, 2);
    });

    for (const [title, token, query] of [
      ["an expired token", "expired-ann", {}],
      ["a revoked token", "revoked-ann", {}],
      ["a no without a close", "expired-ann", { deny: "message" }],
    ]) {
      test(`${title}, refused twice: closed, the source asked exactly twice`, async ({
        server,
        page,
      }) => {
        await signInPage(page);
        const url = server.ws("/ws/auth/stop", { client: "a", ...query });
        await page.run((url, token) => signIn("a", url, [token, token, token]), url, token);
        const state = await page.reached("a", "closed");
        assert.equal(state.why, "unauthorized");
        await settle(server, page);
        assert.equal(await page.run(() => asked.a), 2);
        assert.equal((await server.connections("a")).total, 2);
        assert.equal(await page.run(() => kit.entries("open", "a").length), 0);
        assert.equal(await page.run(() => kit.entries("close", "a").length), 1);
      });
    }

    test("a token in the URL: the provider is asked once more", async ({ server, page }) => {
      const url = server.ws("/ws/auth/url", { client: "a" });
      await page.run((url) => {
        window.tokens = ["expired-1", "good-bob"];
        kit.connect("a", () => `${url}&token=${tokens.shift()}`);
      }, url);
      await page.until(() => kit.messages("a").some((it) => it.type === "welcome"));
      assert.equal(await page.run(() => tokens.length), 0);
      assert.equal((await server.connections("a")).total, 2);
    });

    test("an open socket whose token is refused signs in afresh", async ({ server, page }) => {
      await signInPage(page);
      const url = server.ws("/ws/auth/later", { client: "a" });
      await page.run((url) => signIn("a", url, ["good-1", "good-2"]), url);
      await page.reached("a", "open");
      await server.control({ action: "refuse-token", client: "a", ms: 1 });
      await page.until(() => kit.entries("open", "a").length === 2);
      assert.equal(await page.run(() => asked.a), 2);
      const [wait] = await page.run(() =>
        kit.entries("state", "a").filter((it) => it.state.name === "waiting"),
      );
      assert.equal(wait.cause.code, 4401);
    });

    test("a source that throws, rejects or hangs is a failed attempt, never a stray error", async ({
      server,
      page,
    }) => {
      const url = (client) => server.ws("/ws/auth/source", { client });
      await page.run(
        (thrown, rejected, hung) => {
          const ways = {
            thrown: [
              thrown,
              () => {
                throw new Error("no token today");
              },
            ],
            rejected: [rejected, () => Promise.reject(new Error("no token today"))],
            hung: [hung, () => new Promise(() => {})],
          };
          // Only who waits in vain needs a limit; a busy machine may take longer for the handshakes of all.
          const limits = { hung: { connectTimeout: 2_000 } };
          for (const [name, [url, fail]] of Object.entries(ways)) {
            let calls = 0;
            const message = () => (++calls <= 2 ? fail() : { type: "auth", token: "good-late" });
            const accept = (m) => m.type === "welcome" || undefined;
            kit.connect(name, url, {
              auth: { message, accept },
              backoff: { initial: 50 },
              ...limits[name],
            });
          }
        },
        url("thrown"),
        url("rejected"),
        url("hung"),
      );
      for (const name of ["thrown", "rejected", "hung"]) {
        await page.reached(name, "open", 25_000);
        const causes = await page.run(
          (name) =>
            kit
              .entries("state", name)
              .filter((it) => it.state.name === "waiting")
              .map((it) => it.cause.kind),
          name,
        );
        const expected = name === "hung" ? "connect-timeout" : "provider";
        // A dial that takes longer than the limit, on a busy machine, is one more of these.
        const isWhole = name === "hung" ? causes.length >= 2 : causes.length === 2;
        assert.ok(isWhole && causes.every((it) => it === expected), `${name}: ${causes}`);
      }
    });

    test("tokens and query strings show up in no event, error, log line or toString", async ({
      server,
      page,
    }) => {
      await signInPage(page);
      const url = server.ws("/ws/auth/secret", { client: "a", token: "good-SECRET" });
      const seen = await page.run(async (url) => {
        const lines = [];
        const logger = Object.fromEntries(
          ["debug", "info", "warn", "error"].map((level) => [
            level,
            (...parts) => lines.push(parts.map(String).join(" ")),
          ]),
        );
        kit.connect("url", url, { logger });
        const message = () => ({ type: "auth", token: "expired-SECRET" });
        const accept = (m) => (m.type === "denied" ? false : undefined);
        kit.connect("frame", url.replace(/&?token=[^&]*/, ""), {
          auth: { message, accept },
          logger,
        });
        await kit.until(() => kit.isIn("url", "open") && kit.isIn("frame", "closed"));
        const texts = Object.values(kit.sockets).map((it) => `${it} ${JSON.stringify(it)}`);
        const messages = kit.log.filter((it) => it.what !== "message");
        return { lines, texts, log: JSON.stringify(messages), count: lines.length };
      }, url);
      assert.ok(seen.count > 0, "the logger heard nothing");
      for (const [where, text] of [
        ["log", seen.log],
        ["logger", seen.lines.join("\n")],
        ["toString", seen.texts.join("\n")],
      ]) {
        assert.ok(!/SECRET|token=/.test(text), `${where} shows the token: ${text.slice(0, 400)}`);
      }
    });
  },
  { together: 3 },
);

/** Gives the page a signIn(name, url, tokens) that counts how often a token was asked for. */
function signInPage(page) {
  return page.run(() => {
    window.asked = {};
    window.signIn = (name, url, tokens) => {
      asked[name] = 0;
      const auth = {
        message: async () => ({ type: "auth", token: tokens[asked[name]++] }),
        accept: (m) => (m.type === "welcome" ? true : m.type === "denied" ? false : undefined),
      };
      kit.connect(name, url, { auth, backoff: { initial: 50 } });
    };
  });
}

/** A dial made now is served after any dial that was made before: then the counts are final. */
async function settle(server, page) {
  await page.run(
    (url) => void kit.connect("barrier", url),
    server.ws("/ws/echo", { client: "barrier" }),
  );
  await page.reached("barrier", "open");
}
