// Requests and their replies: matched by id whatever the server does, and accounted for when it does nothing.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

suite(
  "requests",
  ({ test }) => {
    test("a reply resolves its request; two in flight may be answered out of order; no listener hears of it", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      const { first, order } = await page.run(async (url) => {
        ask("a", url);
        const first = await request("a", "first", { method: "echo", params: { a: [1, 2] } });
        await Promise.all([
          request("a", "slow", { method: "slow", params: { ms: 300 } }),
          request("a", "quick", { method: "echo", params: "q" }),
        ]);
        return { first, order: kit.entries("settled", "a").map((it) => [it.key, it.value.result]) };
      }, url);
      assert.deepEqual(first.value.result, { a: [1, 2] });
      assert.deepEqual(order.slice(1), [
        ["quick", "q"],
        ["slow", { ms: 300 }],
      ]);
      await quiet(server, page);
      assert.deepEqual(
        (await server.rpc("r")).executed.map((it) => it.method),
        ["echo", "slow", "echo"],
      );
    });

    test("a thousand at once are each answered with their own", async ({ server, page }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      const wrong = await page.run(async (url) => {
        ask("a", url);
        const socket = kit.sockets.a;
        const numbers = Array.from({ length: 1_000 }, (_, n) => n);
        const replies = numbers.map((n) => socket.request({ method: "echo", params: n }));
        const results = (await Promise.all(replies)).map((it) => it.result);
        return numbers.filter((n) => results[n] !== n);
      }, url);
      assert.deepEqual(wrong, []);
      await quiet(server, page);
    });

    test("a reply that tells of an error is a reply", async ({ server, page }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      const reply = await page.run((url) => {
        ask("a", url);
        return kit.sockets.a.request({ method: "nonsense" });
      }, url);
      assert.equal(typeof reply.error, "string");
      assert.deepEqual((await server.rpc("r")).executed, []);
    });

    test("timeout: rejected as sent; the late reply is an `invalid` event, and the link goes on", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      await page.run(async (url) => {
        ask("a", url, { cancel: undefined });
        await kit.sockets.a.opened();
        await request("a", 0, { method: "slow", params: { ms: 1_500 } }, { timeout: 100 });
      }, url);
      assert.deepEqual(await settled(page), [[0, "timeout", true]]);
      await page.until(() => kit.entries("invalid", "a").length === 1);
      const [{ data, error }] = await page.run(() => kit.entries("invalid", "a"));
      assert.deepEqual([error.code, JSON.parse(data).result], ["unmatched", { ms: 1_500 }]);
      await quiet(server, page, 1);
    });

    test("timeout in the queue: rejected as never sent, and never carried out", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      await page.run(async (url) => {
        ask("a", url, { timeout: 50 });
        kit.sockets.a.pause();
        await request("a", 0, { method: "echo" });
        kit.sockets.a.resume();
        await request("a", 1, { method: "echo", params: 1 }, { timeout: 10_000 });
      }, url);
      assert.deepEqual(await settled(page), [
        [0, "timeout", false],
        [1, "done", null],
      ]);
      const { executed, cancelled } = await server.rpc("r");
      assert.deepEqual([executed.length, cancelled], [1, []]);
    });

    test("two replies to one request: the first resolves it, the second is an `invalid` event", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      await page.run((url) => {
        ask("a", url);
        return request("a", 0, { method: "twice", params: "p" });
      }, url);
      await page.until(() => kit.entries("invalid", "a").length === 1);
      assert.deepEqual(await settled(page), [[0, "done", null]]);
      await quiet(server, page, 1);
    });

    test("a reply under an id that nobody asked with is an `invalid` event, and its request waits on", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      await page.run((url) => {
        ask("a", url);
        request("a", 0, { method: "wrong-id" }, { timeout: 500 });
      }, url);
      await page.until(() => kit.entries("invalid", "a").length === 1);
      await page.until(() => kit.entries("settled", "a").length === 1);
      const order = await page.run(() =>
        kit.log.map((it) => it.what).filter((it) => it === "invalid" || it === "settled"),
      );
      assert.deepEqual(order, ["invalid", "settled"]);
      assert.deepEqual(await settled(page), [[0, "timeout", true]]);
      await quiet(server, page, 1);
    });

    test("no reply: `timeout`, sent, and the server is told that nobody waits", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      await page.run(async (url) => {
        ask("a", url);
        await kit.sockets.a.opened();
        await request("a", 0, { method: "never" }, { timeout: 100 });
      }, url);
      assert.deepEqual(await settled(page), [[0, "timeout", true]]);
      await quiet(server, page);
      const { executed, cancelled } = await server.rpc("r");
      assert.deepEqual(cancelled, [executed[0].id]);
    });

    test("an abort rejects with its reason: the server is told of what it has, and only of that", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      await page.run(async (url) => {
        ask("a", url);
        const socket = kit.sockets.a;
        const abort = new AbortController();
        const { signal } = abort;
        socket.pause();
        request("a", "queued", { method: "echo" }, { signal });
        abort.abort(new Error("never mind"));
        request("a", "aborted", { method: "echo" }, { signal });
        socket.resume();
        await socket.opened();

        const later = new AbortController();
        const slow = { method: "slow", params: { ms: 60_000 } };
        request("a", "sent", slow, { signal: later.signal });
        await kit.barrier("a");
        later.abort(new Error("no longer"));
      }, url);
      await page.until(() => kit.entries("settled", "a").length === 3);
      const told = await page.run(() =>
        kit.entries("settled", "a").map(({ key, message }) => [key, message]),
      );
      assert.deepEqual(told, [
        ["queued", "never mind"],
        ["aborted", "never mind"],
        ["sent", "no longer"],
      ]);
      await quiet(server, page); // no late reply either: the server has cancelled it
      const { executed, cancelled } = await server.rpc("r");
      assert.deepEqual(
        executed.map((it) => it.method),
        ["slow"],
      );
      assert.deepEqual(cancelled, [executed[0].id]);
    });

    test("a break before the reply: `unanswered`, sent, carried out once and never again", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      await page.run(async (url) => {
        ask("a", url, {}, { delivery: "at-least-once", heartbeat: kit.heartbeat("a") });
        await request("a", 0, { method: "close" });
        await kit.until(() => kit.entries("open", "a").length === 2);
        await request("a", 1, { method: "echo" });
      }, url);
      assert.deepEqual(await settled(page), [
        [0, "unanswered", true],
        [1, "done", null],
      ]);
      assert.deepEqual(
        (await server.rpc("r")).executed.map((it) => it.method),
        ["close", "echo"],
      );
      await quiet(server, page);
    });

    test("idempotent: sent again after a break with the same id, carried out twice, answered once", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      const reply = await page.run(async (url) => {
        // On the first link the server carries it out and breaks the link instead of answering.
        const change = (data, link) => (link ? data : data.replace('"count"', '"close"'));
        ask("a", url, {}, { WebSocket: kit.watched([], change) });
        return kit.sockets.a.request({ method: "count" }, { idempotent: true });
      }, url);
      assert.equal(reply.result, 2);
      const { executed, cancelled } = await server.rpc("r");
      assert.deepEqual(
        executed.map((it) => it.method),
        ["close", "count"],
      );
      assert.equal(executed[0].id, executed[1].id);
      assert.deepEqual(cancelled, []);
      await quiet(server, page);
    });

    test("idempotent goes on over breaks, others reject; the order of sending is kept", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      await page.run(async (url) => {
        ask("a", url);
        const slow = { method: "slow", params: { ms: 1_000 } };
        request("a", "first", slow, { idempotent: true });
        request("a", "once", slow);
        request("a", "second", slow, { idempotent: true });
        await kit.sockets.a.opened();
        for (let n = 2; n <= 3; n += 1) {
          await kit.barrier("a");
          kit.sockets.a.send({ type: "control", action: "kill" });
          await kit.until(() => kit.entries("open", "a").length === n);
        }
      }, url);
      await page.until(() => kit.entries("settled", "a").length === 3);
      const told = await settled(page);
      assert.deepEqual(told.sort(), [
        ["first", "done", null],
        ["once", "unanswered", true],
        ["second", "done", null],
      ]);
      const ids = (await server.rpc("r")).executed.map((it) => it.id);
      const [first, once, second] = ids;
      assert.deepEqual(ids, [first, once, second, first, second, first, second]);
      await quiet(server, page);
    });

    test("a request made without a connection is sent with the next one, also after failed attempts", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      await page.run((url) => void ask("a", url), url);
      await page.reached("a", "open");
      await server.control({ action: "refuse", client: "r", ms: 60_000, kill: true });
      await page.reached("a", "waiting");
      await page.run(() => void request("a", 0, { method: "echo", params: "late" }));
      await page.until(
        () => kit.entries("state", "a").filter((it) => it.state.name === "waiting").length >= 3,
      );
      assert.deepEqual(await settled(page), []);
      await server.control({ action: "refuse", client: "r", ms: 0 });
      await page.untilFor(30_000, () => kit.entries("settled", "a").length === 1);
      assert.deepEqual(await settled(page), [[0, "done", null]]);
      assert.equal((await server.rpc("r")).executed.length, 1);
    });

    test("more than requests.max: `too-many-requests`, not sent; a reply makes room again", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      await page.run(async (url) => {
        ask("a", url, { max: 2 });
        await kit.sockets.a.opened();
        const slow = { method: "slow", params: { ms: 300 } };
        const two = [request("a", 0, slow), request("a", 1, slow)];
        request("a", 2, { method: "echo" });
        await Promise.all(two);
        await request("a", 3, { method: "echo" });
      }, url);
      const told = await settled(page);
      assert.deepEqual(told, [
        [2, "too-many-requests", false],
        [0, "done", null],
        [1, "done", null],
        [3, "done", null],
      ]);
      assert.equal((await server.rpc("r")).executed.length, 3);
      assert.equal(await page.run(() => kit.entries("drop", "a").length), 0);
    });

    test("close(): `closed` for what never left, `unanswered` for what did; with drain it waits for the reply", async ({
      server,
      page,
    }) => {
      await asking(page);
      const url = server.ws("/ws/rpc", { client: "r" });
      await page.run(async (url) => {
        const slow = { method: "slow", params: { ms: 300 } };
        ask("a", url);
        await kit.sockets.a.opened();
        request("a", "sent", slow);
        const closed = kit.sockets.a.close();
        request("a", "late", slow);
        await closed;
        ask("b", url);
        await kit.sockets.b.opened();
        request("a", "drained", slow);
        request("b", "drained", slow);
        await kit.sockets.b.close(1000, "", { drain: 10_000 });
        kit.note("over");
      }, url);
      const told = Object.fromEntries((await settled(page)).map(([key, ...fate]) => [key, fate]));
      assert.deepEqual(told, {
        sent: ["unanswered", true],
        late: ["closed", false],
        drained: ["closed", false],
      });
      const order = await page.run(() =>
        kit.log
          .filter((it) => it.what === "over" || (it.what === "settled" && it.name === "b"))
          .map((it) => it.fate ?? it.what),
      );
      assert.deepEqual(order, ["done", "over"]);
    });
  },
  { together: 3 },
);

/** Gives the page ask(name, url, requests, options) and request(name, key, message, options), which is followed. */
function asking(page) {
  return page.run(() => {
    window.ask = (name, url, more = {}, options = {}) => {
      const requests = {
        id: (m) => (m.type === "reply" ? m.id : undefined),
        stamp: (m, id) => ({ type: "request", id, ...m }),
        cancel: (id) => ({ type: "cancel", id }),
        ...more,
      };
      kit.connect(name, url, { requests, backoff: { initial: 50 }, ...options });
    };
    window.request = (name, key, message, options) =>
      kit.follow(name, key, kit.sockets[name].request(message, options));
  });
}

function settled(page) {
  return page.run(() =>
    kit.entries("settled", "a").map(({ key, fate, sent }) => [key, fate, sent ?? null]),
  );
}

/** No reply has reached a listener, and but for `invalid` replies none was unmatched. The link still works. */
async function quiet(server, page, invalid = 0) {
  await page.run(() => kit.barrier("a"));
  const seen = await page.run(() => ({
    messages: kit.messages("a").filter((it) => !it.here),
    codes: kit.entries("invalid", "a").map((it) => it.error.code),
    drops: kit.entries("drop", "a").length,
  }));
  assert.deepEqual(seen, { messages: [], codes: Array(invalid).fill("unmatched"), drops: 0 });
  assert.equal((await server.connections("r")).open, 1);
}
