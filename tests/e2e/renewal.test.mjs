// New credentials on a connection that lives: asked for, or in time before the old ones expire.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

suite(
  "renewal",
  ({ test }) => {
    test("reauthenticate() signs in again on the living link, while messages flow", async ({
      server,
      page,
    }) => {
      await signInPage(page);
      const url = server.ws("/ws/auth/renew", { client: "n" });
      await page.run(async (url) => {
        signIn("a", url, ["good-ann"]);
        await kit.sockets.a.opened();
        const said = say("a", 1);
        await kit.follow("a", "renewed", kit.sockets.a.reauthenticate());
        await Promise.all([said, say("a", 2)]);
      }, url);
      assert.deepEqual(await fates(page), { renewed: ["done", null] });
      assert.equal(await page.run(() => asked.a), 2);
      assert.deepEqual(await links(server), [2]);
      assert.deepEqual(await page.run(() => kit.states("a")), [
        "connecting",
        "authenticating",
        "open",
      ]);
      const welcomes = await page.run(() =>
        kit.messages("a").filter((it) => it.type === "welcome"),
      );
      assert.deepEqual(welcomes, [], "a yes reached the listeners");
    });

    test("twice at once asks the provider once, and both resolve", async ({ server, page }) => {
      await signInPage(page);
      const url = server.ws("/ws/auth/renew", { client: "n", "slow-auth": 1_000 });
      await page.run(async (url) => {
        signIn("a", url, ["good-ann"]);
        const socket = kit.sockets.a;
        await socket.opened();
        const first = kit.follow("a", "first", socket.reauthenticate());
        const second = kit.follow("a", "second", socket.reauthenticate());
        kit.follow("a", "impatient", socket.reauthenticate({ timeout: 50 }));
        await Promise.all([first, second]);
      }, url);
      assert.deepEqual(await fates(page), {
        first: ["done", null],
        second: ["done", null],
        impatient: ["timeout", null],
      });
      assert.equal(await page.run(() => asked.a), 2);
      assert.deepEqual(await links(server), [2]);
    });

    test("during a break it resolves with the next connection, which asks once", async ({
      server,
      page,
    }) => {
      await signInPage(page);
      const url = server.ws("/ws/auth/renew", { client: "n" });
      await page.run((url) => signIn("a", url, ["good-ann"]), url);
      await page.reached("a", "open");
      await server.control({ action: "refuse", client: "n", ms: 60_000, kill: true });
      await page.reached("a", "waiting");
      await page.run(
        () =>
          void kit.follow("a", "renewed", kit.sockets.a.reauthenticate()).then(() => {
            kit.note("state then", { state: kit.sockets.a.state.name });
          }),
      );
      await server.control({ action: "refuse", client: "n", ms: 0 });
      await page.untilFor(30_000, () => kit.entries("state then").length > 0);
      assert.equal(await page.run(() => kit.entries("state then")[0].state), "open");
      assert.deepEqual(await fates(page), { renewed: ["done", null] });
      assert.equal(await page.run(() => asked.a), 2);
      assert.deepEqual(await links(server), [1, 1]);
    });

    test("a break while the answer is awaited: the next connection brings it", async ({
      server,
      page,
    }) => {
      await signInPage(page);
      const url = server.ws("/ws/auth/renew", { client: "n" });
      await page.run(async (url) => {
        // The second answer never comes: it is no auth frame.
        signIn("a", url, ["good-ann", "none", "good-ann"]);
        await kit.sockets.a.opened();
        kit.follow("a", "renewed", kit.sockets.a.reauthenticate());
        await kit.until(() => asked.a === 2);
        await say("a", 1);
        kit.sockets.a.send({ type: "control", action: "kill" });
      }, url);
      await page.until(() => kit.entries("settled", "a").length === 1);
      assert.deepEqual(await fates(page), { renewed: ["done", null] });
      assert.equal(await page.run(() => asked.a), 3);
      assert.deepEqual(await links(server), [1, 1]);
    });

    for (const [title, query] of [
      ["with a close", {}],
      ["without a close", { deny: "message" }],
    ]) {
      test(`refused ${title}: one fresh token over a new connection, and then it resolves`, async ({
        server,
        page,
      }) => {
        await signInPage(page);
        const url = server.ws("/ws/auth/renew", { client: "n", ...query });
        await page.run(async (url) => {
          signIn("a", url, ["good-ann", "expired-ann", "good-ann"]);
          await kit.sockets.a.opened();
          kit.follow("a", "renewed", kit.sockets.a.reauthenticate());
        }, url);
        await page.until(() => kit.entries("settled", "a").length === 1);
        assert.deepEqual(await fates(page), { renewed: ["done", null] });
        assert.equal(await page.run(() => kit.sockets.a.state.name), "open");
        assert.equal(await page.run(() => asked.a), 3);
        assert.deepEqual(await links(server), [2, 1]);
        assert.deepEqual(await waits(page), ["unauthorized"]);
      });

      test(`refused ${title}, and again: closed as unauthorized, and the promise rejects`, async ({
        server,
        page,
      }) => {
        await signInPage(page);
        const url = server.ws("/ws/auth/renew", { client: "n", ...query });
        await page.run(async (url) => {
          signIn("a", url, ["good-ann", "expired-ann"]);
          await kit.sockets.a.opened();
          kit.follow("a", "renewed", kit.sockets.a.reauthenticate());
        }, url);
        const { why } = await page.reached("a", "closed");
        assert.equal(why, "unauthorized");
        await page.until(() => kit.entries("settled", "a").length === 1);
        assert.deepEqual(await fates(page), { renewed: ["closed", null] });
        assert.equal(await page.run(() => asked.a), 3);
      });
    }

    test("a server that refuses every token for a while: closed as unauthorized; reconnect() goes on after it", async ({
      server,
      page,
    }) => {
      await signInPage(page);
      const url = server.ws("/ws/auth/renew", { client: "n" });
      await page.run((url) => signIn("a", url, ["good-ann"]), url);
      await page.reached("a", "open");
      await server.control({ action: "refuse-token", client: "n", ms: 60_000 });
      assert.equal((await page.reached("a", "closed")).why, "unauthorized");
      assert.equal(await page.run(() => asked.a), 2); // the one it opened with, and one fresh
      await server.control({ action: "refuse-token", client: "n", ms: 0 });
      await page.run(() => {
        kit.sockets.a.reconnect();
        kit.follow("a", "renewed", kit.sockets.a.reauthenticate());
      });
      await page.until(() => kit.entries("settled", "a").length === 1);
      assert.deepEqual(await fates(page), { renewed: ["done", null] });
    });

    for (const [title, way, code] of [
      ["throws", "throws", "provider"],
      ["rejects", "rejects", "provider"],
      ["hangs", "hangs", "timeout"],
      ["gives credentials that the server never answers", "none", "timeout"],
    ]) {
      test(`a provider that ${title}: the promise rejects with \`${code}\`, and the link goes on`, async ({
        server,
        page,
      }) => {
        await signInPage(page);
        const url = server.ws("/ws/auth/renew", { client: "n" });
        await page.run(
          async (url, way) => {
            // Only from now on: a dial that takes too long on a busy machine must not meet it.
            const tokens = ["good-ann"];
            signIn("a", url, tokens, { connectTimeout: 2_500 });
            await kit.sockets.a.opened();
            tokens[0] = way;
            await kit.follow("a", "failed", kit.sockets.a.reauthenticate());
            tokens[0] = "good-ann";
            await say("a", 1);
            await kit.follow("a", "again", kit.sockets.a.reauthenticate());
            await say("a", 2);
          },
          url,
          way,
        );
        assert.deepEqual(await fates(page), { failed: [code, null], again: ["done", null] });
        const errors = await page.run(() => kit.entries("error", "a").map((it) => it.error.code));
        assert.deepEqual(errors, [code]);
        assert.deepEqual(await links(server), [2]);
        assert.deepEqual(await page.run(() => kit.states("a").at(-1)), "open");
      });
    }

    test(
      "expiresIn read from the welcome: the link outlives many expiries, without a break or a lost message",
      async ({ server, page }) => {
        await signInPage(page);
        const url = server.ws("/ws/auth/renew", { client: "n", expires: 4_000 });
        await page.run((url) => {
          signIn("a", url, ["good-ann"], {}, { expiresIn: (reply) => reply.expires_in });
          window.spoken = 0;
          window.talk = setInterval(() => {
            kit.sockets.a.send({ type: "say", text: `${spoken++}` });
          }, 20);
        }, url);
        await page.untilFor(40_000, () => asked.a >= 5); // four times in place of an expiry
        await page.run(async () => {
          clearInterval(talk);
          await say("a", "last");
        });
        assert.deepEqual(await page.run(() => kit.states("a")), [
          "connecting",
          "authenticating",
          "open",
        ]);
        const auths = await links(server);
        assert.equal(auths.length, 1);
        assert.ok(auths[0] >= 5, `${auths[0]} auth frames`);
        const { said, heard } = await page.run(() => ({
          said: spoken,
          // By id, as what is on its way while it is asked for comes twice.
          heard: Object.entries(
            Object.groupBy(
              kit.messages("a").filter((it) => it.type === "say"),
              (it) => it.id,
            ),
          ).map(([, [it]]) => it.text),
        }));
        assert.ok(said > 100, `only ${said} messages`);
        const expected = Array.from({ length: said }, (_, n) => `${n}`);
        assert.deepEqual(heard.slice(0, said), expected);
        const welcomes = await page.run(() =>
          kit.messages("a").filter((it) => it.type === "welcome"),
        );
        assert.deepEqual(welcomes, [], "a yes reached the listeners");
        // The credentials are renewed in time, and not all the time.
        const times = await page.run(() => kit.entries("asked").map((it) => it.at));
        for (let n = 1; n < times.length; n += 1)
          assert.ok(
            times[n] - times[n - 1] > 2_000,
            `asked again after ${times[n] - times[n - 1]}`,
          );
      },
      { timeout: 70_000 },
    );

    test("where renewal fails the link goes on until the server ends it, and a fresh token is asked for", async ({
      server,
      page,
    }) => {
      await signInPage(page);
      const url = server.ws("/ws/auth/renew", { client: "n", expires: 2_500 });
      await page.run((url) => {
        const tokens = ["good-ann", "throws", "good-ann"];
        signIn("a", url, tokens, {}, { expiresIn: (reply) => reply.expires_in });
      }, url);
      await page.until(() => kit.entries("open", "a").length === 2);
      const errors = await page.run(() => kit.entries("error", "a").map((it) => it.error.code));
      assert.equal(errors[0], "provider");
      const [wait] = await page.run(() =>
        kit
          .entries("state", "a")
          .filter((it) => it.state.name === "waiting")
          .map((it) => it.cause),
      );
      assert.deepEqual([wait.code, wait.reason], [4401, "token expired"]);
    });
  },
  { together: 3 },
);

/**
 * Gives the page signIn(name, url, tokens, options, auth), which gives the tokens one after the other, the last one
 * for ever, and say(name, text), which resolves when the room has repeated it.
 */
function signInPage(page) {
  return page.run(() => {
    window.asked = {};
    const ways = {
      throws: () => {
        throw new Error("no token today");
      },
      rejects: () => Promise.reject(new Error("no token today")),
      hangs: () => new Promise(() => {}),
      none: () => ({ type: "pong" }), // the server takes it for an answer to its heartbeat
    };
    window.signIn = (name, url, tokens, options = {}, more = {}) => {
      asked[name] = 0;
      const message = () => {
        const token = tokens[Math.min(asked[name]++, tokens.length - 1)];
        kit.note("asked", { token });
        // Taking the seat anew, the server drops what the old one had not sent yet: it is asked for.
        return ways[token]?.() ?? { type: "auth", token, since: latest(name) };
      };
      const accept = (m) => (m.type === "welcome" ? true : m.type === "denied" ? false : undefined);
      const auth = { message, accept, ...more };
      kit.connect(name, url, { auth, backoff: { initial: 50 }, ...options });
    };
    const latest = (name) => Math.max(0, ...kit.messages(name).map((it) => it.id ?? 0));
    window.say = (name, text) => {
      const ref = `ref ${text}`;
      kit.sockets[name].send({ type: "say", text: `${text}`, ref });
      return kit.until(() => kit.messages(name).some((it) => it.ref === ref));
    };
  });
}

async function fates(page) {
  const settled = await page.run(() => kit.entries("settled", "a"));
  return Object.fromEntries(settled.map(({ key, fate, sent }) => [key, [fate, sent ?? null]]));
}

function waits(page) {
  return page.run(() =>
    kit
      .entries("state", "a")
      .filter((it) => it.state.name === "waiting")
      .map((it) => it.cause.kind),
  );
}

/** How many auth frames came on each connection. */
async function links(server) {
  return (await server.connections("n")).connections.map((it) => it.auths);
}
