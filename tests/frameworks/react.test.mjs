// What the hooks promise, in the React of two generations.
import { assert, dialled, laboratory, shows } from "./lab.mjs";

const FLOOD = 3_000;

laboratory("the hooks", ["react-18", "react-19"], (test, version) => {
  test("strict mode and renderings make one connection, and the socket stays the same", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      const { h, useEffect, useSocket, useSocketState, useState } = lab;
      lab.seen = new Set();
      function Probe() {
        const [count, setCount] = useState(0);
        const socket = useSocket(new URL(url), {
          protocols: ["chat.v2", "json"],
          heartbeat: { ping: { type: "ping" }, isPong: (message) => message.type === "pong" },
          restore: () => {},
        });
        useEffect(() => {
          lab.seen.add(socket);
        });
        lab.next = () => setCount(count + 1);
        return h("output", { id: "state" }, `${useSocketState(socket).name} ${count}`);
      }
      lab.mount(h(Probe));
    }, url);
    await shows(page, "state", "open 0");
    for (let n = 1; n <= 3; n += 1) {
      await page.run(() => lab.next());
      await shows(page, "state", `open ${n}`);
    }
    assert.equal(await page.run(() => lab.seen.size), 1);
    assert.equal(await dialled(page, server, client), 1);
    await page.run(() => lab.unmount());
    const { connections } = await server.wait({ client, open: 0, closed: 1 });
    assert.equal(connections[0].how, "client-close");
  });

  test("fast refresh keeps the connection and what has arrived", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      const { h, useMessageReducer, useSocket } = lab;
      lab.version = (name) => {
        function Probe() {
          const socket = useSocket(url);
          const heard = useMessageReducer(socket, (heard, it) => heard + it + name, "");
          lab.say = (text) => socket.send(text);
          return h("output", { id: "heard" }, `${name}: ${heard}`);
        }
        lab.refresh(Probe);
        return Probe;
      };
      lab.mount(h(lab.version("A")));
    }, url);
    await shows(page, "heard", "A: ");
    await page.run(() => void lab.say("1"));
    await shows(page, "heard", "A: 1A");
    await page.run(() => void lab.version("B"));
    await shows(page, "heard", "B: 1A");
    await page.run(() => void lab.say("2"));
    await shows(page, "heard", "B: 1A2B");
    assert.equal(await dialled(page, server, client), 1);
  });

  test("states and messages render nothing where nothing asks for them", async ({ page, url }) => {
    const [renders, heard] = await page.run(async (url) => {
      const { h, useMessage, useSocket } = lab;
      const heard = [];
      let renders = 0;
      let socket;
      function Probe() {
        renders += 1;
        socket = useSocket(url);
        useMessage(socket, (message) => {
          heard.push(message);
          kit.note("heard");
        });
        return h("i", { id: "there" });
      }
      lab.mount(h(Probe), { isStrict: false });
      await kit.until(() => document.querySelector("#there"));
      for (let i = 0; i < 50; i += 1) socket.send(i);
      await kit.until(() => heard.length === 50);
      return [renders, heard];
    }, url);
    assert.equal(renders, 1);
    assert.deepEqual(
      heard,
      Array.from({ length: 50 }, (_, i) => i),
    );
  });

  test("a flood passes through the reducer whole and in order, and renders once in a while", async ({
    page,
    server,
    client,
  }) => {
    const query = { client, count: FLOOD, size: 16 };
    const seen = await page.run(
      async (url, count) => {
        const { h, useMessageReducer, useSocket } = lab;
        const seen = { calls: 0, renders: 0, isOrdered: true, first: 0 };
        function Probe() {
          seen.renders += 1;
          const socket = useSocket(url);
          const last = useMessageReducer(
            socket,
            (last, { seq }) => {
              seen.calls += 1;
              seen.first ||= performance.now();
              seen.isOrdered &&= seq === last + 1;
              return seq;
            },
            0,
          );
          return h("output", { id: "last" }, last);
        }
        lab.mount(h(Probe), { isStrict: false });
        await kit.until(() => document.querySelector("#last")?.textContent === `${count}`);
        return { ...seen, took: performance.now() - seen.first };
      },
      server.ws("/ws/flood", query),
      FLOOD,
    );
    assert.equal(seen.calls, FLOOD);
    assert.ok(seen.isOrdered);
    // Browsers round their clocks, by a millisecond at most.
    const most = 3 + seen.took / 15;
    assert.ok(seen.renders <= most, `${seen.renders} renderings in ${seen.took} ms`);
  });

  test("a selector renders only when what it selects has changed", async ({ page, url }) => {
    const shown = await page.run(async (url) => {
      const { h, useMessage, useMessageReducer, useSocket } = lab;
      const shown = [];
      let socket;
      let count = 0;
      function Probe() {
        socket = useSocket(url);
        useMessage(socket, () => {
          count += 1;
          kit.note("heard");
        });
        const price = useMessageReducer(
          socket,
          (last, tick) => (tick.symbol === "B" ? tick.price : last),
          0,
        );
        shown.push(price);
        return h("output", { id: "price" }, price);
      }
      lab.mount(h(Probe), { isStrict: false });
      await kit.until(() => document.querySelector("#price"));
      const say = async (...ticks) => {
        const before = count;
        for (const [symbol, price] of ticks) socket.send({ symbol, price });
        await kit.until(() => count === before + ticks.length);
      };
      await say(["A", 1], ["A", 2], ["B", 3]);
      await kit.until(() => document.querySelector("#price").textContent === "3");
      await say(["A", 4], ["B", 3], ["A", 5]);
      await say(["B", 6]);
      await kit.until(() => document.querySelector("#price").textContent === "6");
      return shown;
    }, url);
    assert.deepEqual(shown, [0, 3, 6]);
  });

  test("React's own reducer misses no message either", async ({ page, server, client }) => {
    const lines = await page.run(
      async (url) => {
        const { h, useMessage, useReducer, useSocket } = lab;
        let lines;
        function Probe() {
          const [seqs, dispatch] = useReducer((seqs, { seq }) => [...seqs, seq], []);
          useMessage(useSocket(url), dispatch);
          lines = seqs;
          return h("output", null, seqs.length);
        }
        lab.mount(h(Probe));
        await kit.until(() => lines?.length >= 300);
        return lines;
      },
      server.ws("/ws/flood", { client, count: 300, size: 16 }),
    );
    assert.deepEqual(
      lines,
      Array.from({ length: 300 }, (_, i) => i + 1),
    );
  });

  test("functions of the last rendering are called, also after a reconnection", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      const { h, useMessage, useSocket, useSocketEvent, useState } = lab;
      lab.calls = [];
      function Probe() {
        const [n, setN] = useState(0);
        const note = (what) => {
          lab.calls.push(`${what} ${n}`);
          kit.note("call");
        };
        const heartbeat = {
          ping: () => ({ type: "ping", id: n }),
          isPong: (message) => message.type === "pong",
        };
        const address = () => {
          note("url");
          return url;
        };
        const restore = (send) => {
          note("restore");
          send({ hello: n });
        };
        const socket = useSocket(address, { heartbeat, restore, backoff: { initial: 50 } });
        useMessage(socket, (message) => note(`heard ${message.hello} in`));
        useSocketEvent(socket, "open", ({ reconnected }) => note(`open ${reconnected}`));
        lab.setN = setN;
        return h("output", { id: "n" }, n);
      }
      lab.mount(h(Probe));
    }, url);
    await page.until(() => lab.calls.length === 4);
    await page.run(() => lab.setN(7));
    await shows(page, "n", 7);
    await server.control({ action: "kill", client });
    await page.until(() => lab.calls.length === 8);
    const calls = await page.run(() => lab.calls);
    assert.deepEqual(calls.slice(0, 4).toSorted(), [
      "heard 0 in 0",
      "open false 0",
      "restore 0",
      "url 0",
    ]);
    assert.deepEqual(calls.slice(4).toSorted(), [
      "heard 7 in 7",
      "open true 7",
      "restore 7",
      "url 7",
    ]);
    assert.equal((await server.connections(client)).total, 2);
  });

  test("another address is another connection and another conversation", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      const { h, useEffect, useMessageReducer, useSocket, useSocketState, useState } = lab;
      function Probe() {
        const [room, setRoom] = useState("a");
        const socket = useSocket(`${url}-${room}`);
        const heard = useMessageReducer(socket, (heard, message) => heard + message, "");
        useEffect(() => void socket.send(room), [socket, room]);
        lab.setRoom = setRoom;
        return h("output", { id: "heard" }, `${useSocketState(socket).name}: ${heard}`);
      }
      lab.mount(h(Probe), { isStrict: false });
    }, url);
    await shows(page, "heard", "open: a");
    await page.run(() => lab.setRoom("b"));
    await shows(page, "heard", "open: b");
    const old = await server.wait({ client: `${client}-a`, open: 0, closed: 1 });
    assert.equal(old.connections[0].how, "client-close");
    assert.equal((await server.connections(`${client}-b`)).attempts, 1);
  });

  test("a provider gives everybody below it one socket", async ({ page, server, client, url }) => {
    await page.run((url) => {
      const { h, SocketProvider, useMessageReducer, useSocket, useSocketState } = lab;
      function Speaker() {
        const socket = useSocket();
        lab.say = () => socket.send("!");
        return h("output", { id: "state" }, useSocketState(socket).name);
      }
      function Listener({ id }) {
        return h(
          "output",
          { id },
          useMessageReducer(useSocket(), (heard, it) => heard + it, ""),
        );
      }
      const below = ["one", "two"].map((id) => h(Listener, { id, key: id }));
      lab.mount(h(SocketProvider, { url }, h(Speaker), below));
    }, url);
    await shows(page, "state", "open");
    await page.run(() => void lab.say());
    await shows(page, "one", "!");
    await shows(page, "two", "!");
    assert.equal((await server.connections(client)).attempts, 1);
  });

  test("a socket from elsewhere is used and left as it is", async ({
    page,
    server,
    client,
    url,
  }) => {
    const state = await page.run(async (url) => {
      const { h, SocketContext, useSocket, useMessageReducer, useSocketState } = lab;
      const socket = lab.tautline.connect(url);
      function Probe() {
        const shared = useSocket();
        const heard = useMessageReducer(shared, (heard, it) => heard + it, "");
        return h("output", { id: "heard" }, `${useSocketState(shared).name} ${heard}`);
      }
      lab.mount(h(SocketContext.Provider, { value: socket }, h(Probe)));
      await kit.until(() => document.querySelector("#heard")?.textContent === "open ");
      socket.send("hi");
      await kit.until(() => document.querySelector("#heard").textContent === "open hi");
      lab.unmount();
      await new Promise((resolve) => setTimeout(resolve));
      const { name } = socket.state;
      await socket.close();
      return name;
    }, url);
    assert.equal(state, "open");
    assert.equal((await server.connections(client)).attempts, 1);
  });

  test("a rendering that React gives up dials nothing", async ({ page, server, client, url }) => {
    await page.run(async (url) => {
      const { h, Suspense, useSocket } = lab;
      const { pass } = lab.gate();
      function Probe() {
        useSocket(url);
        pass();
        return null;
      }
      lab.mount(h(Suspense, { fallback: h("i", { id: "fallback" }) }, h(Probe)));
      await kit.until(() => document.querySelector("#fallback"));
      lab.unmount();
      // There and gone within a task.
      const Quick = () => h("i", null, useSocket(url).state.name);
      lab.flushSync(() => lab.mount(h(Quick)));
      lab.flushSync(() => lab.unmount());
    }, url);
    assert.equal(await dialled(page, server, client), 0);
  });

  test("what suspends beside it does not disturb the connection", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      const { h, Suspense, useMessage, useSocket, useSocketState, useState } = lab;
      const { pass, resolve } = lab.gate();
      const heard = [];
      function Chat() {
        const socket = useSocket(url);
        useMessage(socket, (message) => {
          heard.push(message);
          kit.note("heard");
        });
        Object.assign(lab, { heard, say: (text) => socket.send(text) });
        return h("output", { id: "state" }, useSocketState(socket).name);
      }
      function Slow() {
        const [isSlow, setSlow] = useState(false);
        Object.assign(lab, { slow: () => setSlow(true), resolve });
        if (isSlow) pass();
        return h("i", { id: isSlow ? "through" : "before" });
      }
      lab.mount(h(Suspense, { fallback: h("i", { id: "fallback" }) }, h(Chat), h(Slow)));
    }, url);
    await shows(page, "state", "open");
    await page.run(() => lab.slow());
    await page.until(() => document.querySelector("#fallback"));
    await page.run(() => void lab.say("while it is away"));
    await page.until(() => lab.heard.length === 1);
    await page.run(() => lab.resolve());
    await page.until(() => document.querySelector("#through"));
    await shows(page, "state", "open");
    const { open, attempts } = await server.connections(client);
    assert.deepEqual([open, attempts], [1, 1]);
  });

  test("what effects of children send at once arrives", async ({ page, url }) => {
    for (const isStrict of [false, true]) {
      await page.run(
        (url, isStrict) => {
          const { h, useEffect, useLayoutEffect, useMessageReducer, useSocket } = lab;
          function Child({ socket }) {
            useLayoutEffect(() => void socket.send("layout "), [socket]);
            useEffect(() => void socket.send("effect "), [socket]);
            return null;
          }
          function Parent() {
            const socket = useSocket(url);
            const heard = useMessageReducer(socket, (heard, it) => heard + it, "");
            return h("output", { id: "heard" }, heard, h(Child, { socket }));
          }
          lab.mount(h(Parent), { isStrict });
        },
        url,
        isStrict,
      );
      // Strict mode runs effects twice.
      await shows(page, "heard", "layout effect ".repeat(isStrict ? 2 : 1));
      await page.run(() => lab.unmount());
    }
  });

  test("without an address it waits for one, and so does what is sent", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run(() => {
      const { h, useMessageReducer, useSocket, useSocketState, useState } = lab;
      function Probe() {
        const [url, setUrl] = useState(null);
        const socket = useSocket(url);
        const heard = useMessageReducer(socket, (heard, it) => heard + it, "");
        Object.assign(lab, { setUrl, say: (text) => socket.send(text) });
        return h("output", { id: "heard" }, `${useSocketState(socket).name} ${heard}`);
      }
      lab.mount(h(Probe));
    });
    await shows(page, "heard", "idle ");
    assert.equal(await page.run(() => lab.say("early")), "queued");
    await page.run((url) => lab.setUrl(url), url);
    await shows(page, "heard", "open early");
    await page.run(() => lab.setUrl(null));
    await shows(page, "heard", "idle ");
    assert.equal((await server.wait({ client, open: 0 })).attempts, 1);
  });

  test("with autoConnect: false it waits for open(), or for true", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      const { h, useSocket, useSocketState, useState } = lab;
      function Probe({ id, url }) {
        const [autoConnect, setAuto] = useState(false);
        const socket = useSocket(url, { autoConnect });
        lab[id] = { setAuto, socket };
        return h("output", { id }, useSocketState(socket).name);
      }
      const probes = ["one", "two"].map((id) => h(Probe, { id, key: id, url }));
      lab.mount(h("div", null, probes));
    }, url);
    await shows(page, "one", "idle");
    assert.equal(await dialled(page, server, client), 0);
    await page.run(() => lab.one.setAuto(true));
    await page.run(() => lab.two.socket.open());
    await shows(page, "one", "open");
    await shows(page, "two", "open");
    assert.equal((await server.connections(client)).attempts, 2);
  });

  test("what is sent after it is gone is dropped and dials nothing", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      const { h, useSocket, useSocketState } = lab;
      function Probe() {
        const socket = useSocket(url);
        lab.socket = socket;
        return h("output", { id: "state" }, useSocketState(socket).name);
      }
      lab.mount(h(Probe));
    }, url);
    await shows(page, "state", "open");
    const drops = await page.run(async () => {
      const drops = [];
      const { socket } = lab;
      socket.addEventListener("drop", ({ message, error }) => {
        drops.push([message, error.code]);
        kit.note("drop");
      });
      lab.unmount();
      await socket.close();
      socket.send("late");
      await kit.until(() => drops.length === 1);
      socket.send("later");
      await kit.until(() => drops.length === 2);
      return drops;
    });
    assert.deepEqual(drops, [
      ["late", "closed"],
      ["later", "closed"],
    ]);
    assert.equal(await dialled(page, server, client), 1);
  });

  test("what the application closed stays closed", async ({ page, server, client, url }) => {
    await page.run((url) => {
      const { h, useSocket, useSocketState, useState } = lab;
      function Probe() {
        const [count, setCount] = useState(0);
        const socket = useSocket(url);
        Object.assign(lab, { socket, next: () => setCount(count + 1) });
        return h("output", { id: "state" }, `${useSocketState(socket).name} ${count}`);
      }
      lab.mount(h(Probe));
    }, url);
    await shows(page, "state", "open 0");
    await page.run(() => void lab.socket.close());
    await shows(page, "state", "closed 0");
    await page.run(() => lab.next());
    await shows(page, "state", "closed 1");
    assert.equal(await dialled(page, server, client), 1);
    await page.run(() => lab.socket.reconnect());
    await shows(page, "state", "open 1");
  });

  test("it is a Socket with all that belongs to one", async ({ page, server, client }) => {
    const seen = await page.run(
      async (url) => {
        const { h, tautline, useSocket } = lab;
        let socket;
        function Probe() {
          socket = useSocket(url, {
            requests: {
              id: (message) => (message.type === "reply" ? message.id : undefined),
              stamp: (message, id) => ({ ...message, id }),
            },
          });
          return h("i", { id: "there" });
        }
        lab.mount(h(Probe));
        await kit.until(() => document.querySelector("#there"));
        await socket.opened();
        const { request, send } = socket;
        const reply = await request({ type: "request", method: "echo", params: 5 });
        const names = Reflect.ownKeys(tautline.Socket.prototype);
        const missing = names.filter((name) => !(name in socket)).map(String);
        await socket.deliver({ type: "cancel", id: 0 });
        const iterated = socket[Symbol.asyncIterator]().next();
        send({ type: "nonsense" });
        return {
          isSocket: socket instanceof tautline.Socket,
          result: reply.result,
          missing,
          iterated: (await iterated).value.type,
          taken: [send === socket.send, send({ type: "cancel", id: 1 })],
          sent: socket.stats().messagesSent,
          protocol: socket.protocol,
        };
      },
      server.ws("/ws/rpc", { client }),
    );
    assert.deepEqual(seen, {
      isSocket: true,
      result: 5,
      missing: [],
      iterated: "error",
      taken: [true, "sent"],
      sent: 4,
      protocol: "",
    });
  });

  if (version === "react-18") return;

  test("a hidden Activity closes it, and showing that again reconnects", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      const { Activity, h, useEffect, useLayoutEffect, useMessageReducer, useSocket, useState } =
        lab;
      function Child({ socket }) {
        useLayoutEffect(() => void socket.send("."), [socket]);
        useEffect(() => void socket.send(":"), [socket]);
        return null;
      }
      function Chat() {
        const socket = useSocket(url);
        const heard = useMessageReducer(socket, (heard, it) => heard + it, "");
        return h("output", { id: "heard" }, heard, h(Child, { socket }));
      }
      function App() {
        const [mode, setMode] = useState("visible");
        lab.setMode = setMode;
        return h(Activity, { mode }, h(Chat));
      }
      lab.mount(h(App), { isStrict: false });
    }, url);
    await shows(page, "heard", ".:");
    await page.run(() => lab.setMode("hidden"));
    await server.wait({ client, open: 0, closed: 1 });
    await page.run(() => lab.setMode("visible"));
    await shows(page, "heard", ".:.:");
    const { open, attempts } = await server.connections(client);
    assert.deepEqual([open, attempts], [1, 2]);
  });
});
