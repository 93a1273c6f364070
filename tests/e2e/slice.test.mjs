// The slice: the packed package connects, echoes, loses its connection and comes back.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

suite("the slice", ({ test }) => {
  test("connects, echoes, loses its TCP connection, comes back and echoes again", async ({
    server,
    page,
  }) => {
    const url = server.ws("/ws/echo", { client: "slice" });
    await page.run((url) => void kit.connect("a", url, { backoff: { initial: 100 } }), url);
    await page.reached("a", "open");
    assert.equal(await page.run(() => kit.sockets.a.send({ text: "hello" })), "sent");
    await page.until(() => kit.messages("a").length === 1);

    assert.equal(await server.control({ action: "kill", client: "slice" }), 1);
    await page.until(() => kit.entries("open", "a").length === 2);
    assert.equal(await page.run(() => kit.sockets.a.send({ text: "again" })), "sent");
    await page.until(() => kit.messages("a").length === 2);

    assert.deepEqual(await page.run(() => kit.messages("a")), [
      { text: "hello" },
      { text: "again" },
    ]);
    const states = await page.run(() => kit.states("a"));
    assert.deepEqual(states.slice(-4), ["open", "waiting", "connecting", "open"]);
    const [broke] = await page.run(() =>
      kit.entries("state", "a").filter((it) => it.state.name === "waiting"),
    );
    assert.equal(broke.cause.kind, "closed");
    assert.equal(broke.cause.code, 1006);
    const [first, second] = await page.run(() => kit.entries("open", "a"));
    assert.equal(first.reconnected, false);
    assert.equal(second.reconnected, true);
    assert.ok(second.downtime >= 0 && second.downtime < 10_000, `downtime ${second.downtime}`);
    const seen = await server.connections("slice");
    assert.deepEqual([seen.open, seen.total], [1, 2]);
  });

  test("close() says goodbye to the server, resolves, and ends in `closed` with one close event", async ({
    server,
    page,
  }) => {
    const url = server.ws("/ws/echo", { client: "bye" });
    await page.run((url) => void kit.connect("a", url), url);
    await page.reached("a", "open");
    await page.run(() => kit.sockets.a.close(4321, "done"));
    const state = await page.reached("a", "closed");
    assert.equal(state.why, "user");
    assert.equal(await page.run(() => kit.entries("close", "a").length), 1);
    const { connections } = await server.wait({ client: "bye", closed: 1 });
    assert.equal(connections[0].how, "client-close");
    assert.deepEqual(connections[0].close, { code: 4321, reason: "done" });
  });

  test("relative and http: addresses are dialled as WebSocket addresses", async ({
    server,
    page,
  }) => {
    await page.run((origin) => {
      kit.connect("relative", "/ws/echo?client=relative");
      kit.connect("http", `${origin}/ws/echo?client=http`);
      kit.connect("url", new URL("/ws/echo?client=url", origin));
    }, server.url);
    for (const name of ["relative", "http", "url"]) {
      await page.reached(name, "open");
      assert.equal((await server.connections(name)).open, 1);
    }
  });

  test("the codecs carry JSON, text and bytes both ways", async ({ server, page }) => {
    const url = server.ws("/ws/echo", { client: "codecs" });
    await page.run((url) => {
      kit.connect("json", url);
      kit.connect("text", url, { codec: tautline.text() });
      kit.connect("bytes", url, { codec: tautline.bytes() });
      const own = { encode: (n) => String(n * 2), decode: (data) => Number(data) + 1 };
      kit.connect("own", url, { codec: own });
    }, url);
    const messages = { json: { a: [1, null, "ü"] }, text: "héllo \u{1f9f5}", own: 21 };
    for (const [name, message] of Object.entries(messages)) {
      await page.reached(name, "open");
      await page.run((name, message) => kit.sockets[name].send(message), name, message);
      await page.until((name) => kit.messages(name).length === 1, name);
    }
    await page.reached("bytes", "open");
    await page.run(() => kit.sockets.bytes.send(new Uint8Array([0, 1, 254, 255])));
    await page.until(() => kit.messages("bytes").length === 1);
    const got = await page.run(() =>
      ["json", "text", "own", "bytes"].map((name) => kit.messages(name)[0]),
    );
    assert.deepEqual(got, [messages.json, messages.text, 43, { bytes: [0, 1, 254, 255] }]);
  });

  test("a frame that does not decode is an `invalid` event, and the conversation goes on", async ({
    server,
    page,
  }) => {
    const url = server.ws("/ws/echo", { client: "invalid" });
    await page.run((url) => void kit.connect("a", url), url);
    await page.reached("a", "open");
    await server.control({ action: "send", client: "invalid", data: "{ not json" });
    await page.until(() => kit.entries("invalid", "a").length === 1);
    const [invalid] = await page.run(() => kit.entries("invalid", "a"));
    assert.equal(invalid.data, "{ not json");
    await page.run(() => kit.sockets.a.send("still here"));
    await page.until(() => kit.messages("a").includes("still here"));
    assert.equal((await server.connections("invalid")).total, 1);
  });

  test("subscribe, async iteration, opened() and an AbortSignal", async ({ server, page }) => {
    const url = server.ws("/ws/echo", { client: "faces" });
    const result = await page.run(async (url) => {
      const control = new AbortController();
      const socket = kit.connect("a", url, { signal: control.signal });
      await socket.opened();
      const heard = [];
      const off = socket.subscribe((message) => heard.push(message));
      const iterated = [];
      const iteration = (async () => {
        for await (const message of socket) {
          iterated.push(message);
          if (iterated.length === 3) break;
        }
      })();
      for (const n of [1, 2, 3]) socket.send(n);
      await iteration;
      off();
      socket.send(4);
      await kit.until(() => kit.messages("a").includes(4));
      control.abort();
      await kit.until(() => kit.isIn("a", "closed"));
      return { heard, iterated, why: socket.state.why, late: socket.send(5) };
    }, url);
    assert.deepEqual(result, {
      heard: [1, 2, 3],
      iterated: [1, 2, 3],
      why: "aborted",
      late: "dropped",
    });
    await server.wait({ client: "faces", open: 0 });
  });
});
