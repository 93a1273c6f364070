// What the store promises, with the stores of two generations of Svelte.
import { assert, dialled, laboratory } from "./lab.mjs";

laboratory("the store", ["svelte-4", "svelte-5"], (test) => {
  test("it connects with the first subscriber, once, and closes after the last", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      lab.live = lab.socketStore(url);
    }, url);
    assert.equal(await dialled(page, server, client), 0);
    const first = await page.run(() => {
      lab.one = lab.watch(lab.live);
      lab.two = lab.watch(lab.live);
      return lab.one.values.map(({ state, last }) => [state.name, typeof last]);
    });
    assert.deepEqual(first, [["idle", "undefined"]]);
    await page.until(() => lab.two.values.at(-1).state.name === "open");
    assert.equal(await page.run(() => lab.live.send("hi")), "sent");
    await page.until(() => lab.one.values.at(-1).last === "hi");
    await page.run(() => lab.one.end());
    assert.equal(await dialled(page, server, client), 1);
    assert.equal((await server.connections(client)).open, 1);
    await page.run(() => lab.two.end());
    const { connections } = await server.wait({ client, open: 0, closed: 1 });
    assert.equal(connections[0].how, "client-close");

    await page.run(() => {
      lab.three = lab.watch(lab.live);
    });
    await page.until(() => lab.three.values.at(-1).state.name === "open");
    assert.equal((await server.connections(client)).attempts, 2);
  });

  test("who only looks dials nothing, and who takes over within a task keeps the connection", async ({
    page,
    server,
    client,
    url,
  }) => {
    const name = await page.run((url) => {
      lab.live = lab.socketStore(url);
      return lab.get(lab.live).state.name;
    }, url);
    assert.equal(name, "idle");
    assert.equal(await dialled(page, server, client), 0);
    await page.run(() => {
      lab.page = lab.watch(lab.live);
    });
    await page.until(() => lab.page.values.at(-1).state.name === "open");
    await page.run(() => {
      lab.page.end();
      lab.page = lab.watch(lab.live);
    });
    assert.equal(await dialled(page, server, client), 1);
    assert.equal(await page.run(() => lab.page.values.at(-1).state.name), "open");
  });

  test("what is sent before there is a subscriber leaves with the first of the same task", async ({
    page,
    server,
    client,
    url,
  }) => {
    const heard = await page.run(async (url) => {
      const live = lab.socketStore(url);
      const sent = live.send("early");
      const heard = [];
      lab.ends.push(
        live.onMessage((message) => {
          heard.push(message);
          kit.note("heard");
        }),
      );
      await kit.until(() => heard.length === 1);
      return [sent, ...heard];
    }, url);
    assert.deepEqual(heard, ["queued", "early"]);
    assert.equal((await server.connections(client)).attempts, 1);
  });

  test("so does what is sent before the next one, after the last has left", async ({
    page,
    server,
    client,
    url,
  }) => {
    const heard = await page.run(async (url) => {
      const live = lab.socketStore(url);
      const first = lab.watch(live);
      await kit.until(() => first.values.at(-1).state.name === "open");
      live.socket.addEventListener("close", () => kit.note("closed"));
      first.end();
      await kit.until(() => live.socket.state.name === "closed");
      const sent = live.send("back");
      const heard = [];
      lab.ends.push(
        live.onMessage((message) => {
          heard.push(message);
          kit.note("heard");
        }),
      );
      await kit.until(() => heard.length === 1);
      return [sent, ...heard];
    }, url);
    assert.deepEqual(heard, ["queued", "back"]);
    assert.equal((await server.connections(client)).attempts, 2);
  });

  test("who leaves twice takes nobody else along", async ({ page, server, client, url }) => {
    await page.run((url) => {
      const live = lab.socketStore(url);
      lab.seen = lab.watch(live);
      const off = live.onMessage(() => {});
      off();
      off();
    }, url);
    await page.until(() => lab.seen.values.at(-1).state.name === "open");
    assert.equal((await server.connections(client)).attempts, 1);
  });

  test("without any subscriber nothing is dialled, and what is sent is dropped", async ({
    page,
    server,
    client,
    url,
  }) => {
    const drops = await page.run(async (url) => {
      const live = lab.socketStore(url);
      const drops = [];
      live.socket.addEventListener("drop", ({ message, error }) => {
        drops.push([message, error.code]);
        kit.note("drop");
      });
      live.send("to nobody");
      await kit.until(() => drops.length === 1);
      return drops;
    }, url);
    assert.deepEqual(drops, [["to nobody", "closed"]]);
    assert.equal(await dialled(page, server, client), 0);
  });

  test("a flood is reduced whole and in order, by a store that is a subscriber itself", async ({
    page,
    server,
    client,
  }) => {
    const seen = await page.run(
      async (url) => {
        const live = lab.socketStore(url);
        let calls = 0;
        const last = live.reduce((last, { seq }) => {
          calls += 1;
          return seq === last + 1 ? seq : Number.NaN;
        }, 0);
        const { values, end } = lab.watch(last);
        await kit.until(() => values.at(-1) === 2000);
        end();
        return { calls, values: values.length };
      },
      server.ws("/ws/flood", { client, count: 2000, size: 16 }),
    );
    assert.deepEqual(seen, { calls: 2000, values: 2001 });
    await server.wait({ client, open: 0, closed: 1 });
  });

  test("what the application closed stays closed until it says so", async ({
    page,
    server,
    client,
    url,
  }) => {
    await page.run((url) => {
      lab.live = lab.socketStore(url);
      lab.seen = lab.watch(lab.live);
    }, url);
    await page.until(() => lab.seen.values.at(-1).state.name === "open");
    await page.run(() => lab.live.socket.close());
    await page.run(() => {
      lab.seen.end();
      lab.seen = lab.watch(lab.live);
    });
    assert.equal(await dialled(page, server, client), 1);
    assert.equal(await page.run(() => lab.seen.values.at(-1).state.name), "closed");
    await page.run(() => lab.live.socket.reconnect());
    await page.until(() => lab.seen.values.at(-1).state.name === "open");
  });
});
