// What the composable promises, in the oldest and the newest Vue that it is for.
import { assert, dialled, laboratory, shows } from "./lab.mjs";

laboratory("the composable", ["vue-3.3", "vue-3.5"], (test) => {
  test("it dials once the set-up is through, and closes with the component", async ({
    page,
    server,
    client,
    url,
  }) => {
    const first = await page.run(
      (url) =>
        new Promise((resolve) => {
          const { h, onMounted } = lab;
          lab.mount(() => {
            const { socket, state, last, latency, send } = lab.useSocket(url);
            const sent = send("early");
            onMounted(() => resolve([state.value.name, sent, typeof latency.value]));
            lab.socket = socket;
            return () => h("output", { id: "last" }, `${state.value.name} ${last.value}`);
          });
        }),
      url,
    );
    assert.deepEqual(first, ["idle", "queued", "undefined"]);
    await shows(page, "last", "open early");
    assert.equal(await dialled(page, server, client), 1);
    await page.run(() => lab.unmount());
    const { connections } = await server.wait({ client, open: 0, closed: 1 });
    assert.equal(connections[0].how, "client-close");
    assert.equal(await page.run(() => lab.socket.value.send("late")), "dropped");
    assert.equal(await dialled(page, server, client), 1);
  });

  test("no message is missed, whatever Vue puts together, and the same one twice is news", async ({
    page,
    server,
    client,
    url,
  }) => {
    const seen = await page.run(async (url) => {
      const { h, watch } = lab;
      const seen = { heard: [], watched: 0 };
      lab.mount(() => {
        const { last, onMessage, reduce, send } = lab.useSocket(url);
        const all = reduce((all, message) => [...all, message], []);
        onMessage((message) => seen.heard.push(message));
        watch(
          last,
          () => {
            seen.watched += 1;
          },
          { flush: "sync" },
        );
        for (const message of ["a", "a", "b", "b", "b"]) send(message);
        return () => h("output", { id: "all" }, all.value.join(" "));
      });
      await kit.until(() => document.querySelector("#all").textContent === "a a b b b");
      return seen;
    }, url);
    assert.deepEqual(seen, { heard: ["a", "a", "b", "b", "b"], watched: 5 });
    assert.equal((await server.connections(client)).attempts, 1);
  });

  test("a flood is reduced whole and in order", async ({ page, server, client }) => {
    const [calls, last] = await page.run(
      async (url) => {
        let calls = 0;
        lab.mount(() => {
          const { reduce } = lab.useSocket(url);
          const last = reduce((last, { seq }) => {
            calls += 1;
            return seq === last + 1 ? seq : Number.NaN;
          }, 0);
          return () => lab.h("output", { id: "last" }, last.value);
        });
        await kit.until(() => document.querySelector("#last").textContent === "2000");
        return [calls, document.querySelector("#last").textContent];
      },
      server.ws("/ws/flood", { client, count: 2000, size: 16 }),
    );
    assert.deepEqual([calls, last], [2000, "2000"]);
  });

  test("another address is another connection and another conversation", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      const { h, ref } = lab;
      const room = ref();
      lab.mount(() => {
        const { socket, state, send, reduce, on } = lab.useSocket(
          () => room.value && `${url}-${room.value}`,
        );
        const heard = reduce((heard, message) => heard + message, "");
        lab.opened = [];
        on("open", () => {
          lab.opened.push(room.value);
        });
        Object.assign(lab, { room, send, socket });
        return () => h("output", { id: "heard" }, `${state.value.name} ${heard.value}`);
      });
    }, url);
    await shows(page, "heard", "idle ");
    assert.deepEqual(await page.run(() => [lab.send("none"), lab.socket.value === undefined]), [
      "dropped",
      true,
    ]);
    for (const room of ["a", "b"]) {
      await page.run((room) => {
        lab.room.value = room;
        lab.send(room); // goes to the new one already
      }, room);
      await shows(page, "heard", `open ${room}`);
    }
    const old = await server.wait({ client: `${client}-a`, open: 0, closed: 1 });
    assert.equal(old.connections[0].how, "client-close");
    assert.deepEqual(await page.run(() => lab.opened), ["a", "b"]);
    await page.run(() => {
      lab.room.value = undefined;
    });
    await shows(page, "heard", "idle ");
    await server.wait({ client: `${client}-b`, open: 0, closed: 1 });
  });

  test("an address that changes while it changes leaves one connection, to the last", async ({
    page,
    server,
    client,
  }) => {
    const urls = ["a", "b", "c"].map((it) => server.ws("/ws/echo", { client: `${client}-${it}` }));
    await page.run(([a, b, c]) => {
      const { h, ref, watch } = lab;
      lab.address = ref(a);
      lab.mount(() => {
        const { address } = lab;
        const { state } = lab.useSocket(address);
        const change = ({ name }) => {
          if (name === "idle" && address.value === b) address.value = c;
        };
        watch(state, change, { flush: "sync" });
        return () => h("output", { id: "state" }, `${address.value === c} ${state.value.name}`);
      });
    }, urls);
    await shows(page, "state", "false open");
    await page.run((b) => {
      lab.address.value = b;
    }, urls[1]);
    await shows(page, "state", "true open");
    await page.run(() => lab.unmount());
    for (const it of ["a", "b", "c"]) await server.wait({ client: `${client}-${it}`, open: 0 });
    assert.equal(await dialled(page, server, `${client}-b`), 0);
  });

  test("a getter may return what is asked at each attempt", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      lab.tokens = 0;
      const provider = async () => `${url}&token=${++lab.tokens}`;
      lab.mount(() => {
        const { state } = lab.useSocket(() => provider, { backoff: { initial: 50 } });
        return () => lab.h("output", { id: "state" }, `${state.value.name} ${lab.tokens}`);
      });
    }, url);
    await shows(page, "state", "open 1");
    await server.control({ action: "kill", client });
    await shows(page, "state", "open 2");
  });

  test("it follows the scope that calls it, and listeners follow theirs", async ({
    page,
    server,
    client,
    url,
  }) => {
    const heard = await page.run(async (url) => {
      const { effectScope } = lab;
      const [outer, inner] = [effectScope(true), effectScope(true)];
      const live = outer.run(() => lab.useSocket(url));
      const heard = { outer: [], inner: [] };
      outer.run(() =>
        live.onMessage((message) => {
          heard.outer.push(message);
          kit.note("heard");
        }),
      );
      inner.run(() => live.onMessage((message) => heard.inner.push(message)));
      live.send(1);
      await kit.until(() => heard.outer.length === 1);
      inner.stop();
      live.send(2);
      await kit.until(() => heard.outer.length === 2);
      outer.stop();
      await live.socket.value.close();
      heard.state = live.state.value.name;
      return heard;
    }, url);
    assert.deepEqual(heard, { outer: [1, 2], inner: [1], state: "closed" });
    const { connections } = await server.wait({ client, open: 0, closed: 1 });
    assert.equal(connections[0].how, "client-close");
  });

  test("it is itself in a reactive object, as in a store", async ({ page, url }) => {
    const [fate, isSocket] = await page.run((url) => {
      const scope = lab.effectScope(true);
      const store = lab.reactive(scope.run(() => lab.useSocket(url)));
      const fate = store.socket.send("hi");
      const isSocket = store.socket instanceof lab.tautline.Socket;
      scope.stop();
      return [fate, isSocket];
    }, url);
    assert.deepEqual([fate, isSocket], ["queued", true]);
  });

  test("with autoConnect: false it waits for open()", async ({ page, server, client, url }) => {
    await page.run((url) => {
      lab.mount(() => {
        const { socket, state } = lab.useSocket(url, { autoConnect: false });
        lab.open = () => socket.value.open();
        return () => lab.h("output", { id: "state" }, state.value.name);
      });
    }, url);
    assert.equal(await dialled(page, server, client), 0);
    await page.run(() => lab.open());
    await shows(page, "state", "open");
  });

  test("a component that is there and gone at once dials nothing", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      lab.mount(() => {
        lab.useSocket(url);
        return () => null;
      });
      lab.unmount();
    }, url);
    assert.equal(await dialled(page, server, client), 0);
  });

  test("an option that is wrong throws where it was given", async ({ page, url }) => {
    const code = await page.run((url) => {
      const scope = lab.effectScope(true);
      try {
        scope.run(() => lab.useSocket(url, { heartbeat: { ping: "ping" } }));
      } catch (error) {
        return error.code;
      } finally {
        scope.stop();
      }
    }, url);
    assert.equal(code, "option");
  });
});
