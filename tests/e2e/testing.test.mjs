// The test kit in browsers, where runners such as Vitest's browser mode use it: against the class that the browser itself has.
import assert from "node:assert/strict";
import { suite } from "./harness/suite.mjs";

suite("the test kit", ({ test }) => {
  test("holds the engine of a page in virtual time, and gives it back", async ({
    server,
    page,
  }) => {
    const url = server.ws("/ws/echo", { client: "real" });
    const seen = await page.run(async (url) => {
      const { connect } = await import("/pkg/index.js");
      const { testkit } = await import("/pkg/testing/index.js");
      const kit = testkit();
      const socket = connect("/live", {
        heartbeat: { ping: { type: "ping" }, isPong: ({ type }) => type === "pong" },
      });
      const peer = await kit.accept(/\/live$/);
      socket.send({ type: "hello" });
      await peer.expect({ type: "hello" });
      peer.stall();
      await kit.until(() => socket.state.name === "waiting");
      const { elapsed } = kit;
      await kit.accept();
      const failure = await kit
        .accept("wss://nowhere.test/")
        .catch(({ message }) => message.split("\n")[0]);
      await socket.close();
      await kit.expectNothingLeft();
      const own = new kit.WebSocket(url);
      const isApart = !(own instanceof WebSocket) && own instanceof EventTarget;
      kit.restore();
      const real = connect(url);
      await real.opened();
      await real.close();
      return { elapsed, failure, isApart, address: peer.url };
    }, url);
    // After a send the ping comes within a second, and its pong has ten.
    assert.equal(seen.elapsed, 11_000);
    assert.equal(
      seen.failure,
      "kit.accept: nothing dialled to wss://nowhere.test/ within 60,000 ms",
    );
    assert.equal(seen.isApart, true);
    assert.match(seen.address, /^ws:\/\/127\.0\.0\.1:\d+\/live$/);
    await server.wait({ client: "real", closed: 1, open: 0 });
  });

  test("its class behaves as the browser's own does", async ({ server, page }) => {
    const echo = server.ws("/ws/echo", { client: "class" });
    const refused = server.ws("/ws/echo", { fault: "refuse" });
    const [native, own] = await page.run(
      async (echo, refused) => {
        const { testkit } = await import("/pkg/testing/index.js");
        const kit = testkit();
        kit.refuse();
        kit.serve((peer) =>
          peer.answer(
            () => true,
            (message) => message,
          ),
        );
        const sort = async (Class) => {
          const log = [];
          const note = (what) => log.push(what);
          const named = (act) => {
            try {
              act();
              note("no error");
            } catch (error) {
              note(`${error instanceof DOMException} ${error.name}`);
            }
          };
          const closed = (socket) =>
            new Promise((resolve) => {
              for (const type of ["open", "message", "error", "close"])
                socket.addEventListener(type, (event) => {
                  const { code, wasClean, data } = event;
                  note(
                    `${event.constructor.name} ${type} ${socket.readyState} ${code} ${wasClean} ${data}`,
                  );
                  if (type === "close") resolve();
                });
            });
          await closed(new Class(refused));
          for (const wrong of [["nonsense:"], [echo, "a b"], [echo, ["a", "a"]]])
            named(() => new Class(...wrong));
          const socket = new Class(echo);
          note(`${socket.url === echo} ${socket.readyState} ${socket.binaryType} ${socket.onopen}`);
          named(() => socket.send("early"));
          for (const code of [1001, 2999, 5000]) named(() => socket.close(code));
          named(() => socket.close(1000, "x".repeat(124)));
          const end = closed(socket);
          socket.onopen = () => socket.send('"größer"');
          socket.onmessage = () => {
            socket.close(4321, "done");
            note(`${socket.readyState} ${socket.bufferedAmount}`);
          };
          await end;
          return log;
        };
        return [await sort(WebSocket), await sort(kit.WebSocket)];
      },
      echo,
      refused,
    );
    assert.deepEqual(own, native);
    assert.ok(native.length >= 14, `${native.length}`);
  });
});
