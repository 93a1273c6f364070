// The class that the macro makes: what crosses, what is refused, and what listeners may do.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { browserNames, launch } from "../e2e/harness/browsers.mjs";
import { inWorld } from "./world.mjs";

describe("the class", { concurrency: true }, () => {
  for (const name of browserNames) {
    describe(`the class (${name})`, { concurrency: 1 }, () => {
      let browser;
      before(
        async () => {
          browser = await launch(name);
        },
        { timeout: 120_000 },
      );
      after(() => browser?.close(), { timeout: 30_000 });
      const test = (title, work) =>
        it(title, { timeout: 60_000 }, () =>
          inWorld(browser, async ({ server, open }) => {
            const page = await open("/");
            await page.run(prepare);
            await work({ server, page });
          }),
        );
      define(test, name);
    });
  }
});

/** In the page: the class, and functions that wait. */
async function prepare() {
  const { default: init, TodoSocket } = await import("/typescript/client/client.js");
  const { memory } = await init();
  const next = (subscribe, test = () => true) =>
    new Promise((resolve) => {
      const end = subscribe((value) => {
        if (!test(value)) return;
        end();
        resolve(value);
      });
    });
  const connected = async () => {
    const socket = new TodoSocket("/ws", {});
    await next(
      (listener) => socket.subscribe(listener),
      ({ type }) => type === "list",
    );
    return socket;
  };
  const caught = (work) => {
    try {
      work();
    } catch (error) {
      const { name, message } = error;
      return { name, message, cause: error.cause?.message };
    }
    return undefined;
  };
  const turn = () => new Promise((resolve) => setTimeout(resolve));
  Object.assign(globalThis, { TodoSocket, memory, next, connected, caught, turn });
}

function define(test, name) {
  test("states, figures, promises and the goodbye", async ({ page }) => {
    const seen = await page.run(async () => {
      const socket = new TodoSocket(new URL("/ws", location.href), { protocols: [] });
      const states = [];
      socket.onState(({ state, previous }) => states.push([previous.name, state.name]));
      const first = socket.state.name;
      await socket.opened();
      const delivered = await socket.deliver(
        { type: "add", title: "Buy rope" },
        { until: "confirmed", timeout: 15_000 },
      );
      const reply = await socket.request({ type: "count", request: 0 });
      const { messagesSent, attempts, latency } = socket.stats();
      await socket.close(4000, "done");
      await turn();
      const { name, why } = socket.state;
      const late = await socket.deliver({ type: "remove", id: 1 }).catch((error) => error);
      const dropped = [
        next((listener) => socket.onDrop(listener)),
        socket.send({ type: "remove", id: 1 }),
      ];
      const { message, error } = await dropped[0];
      socket.reconnect();
      await socket.opened();
      socket.free();
      return {
        first,
        states,
        delivered,
        reply,
        name,
        why,
        messagesSent,
        attempts,
        latency: latency >= 0,
        late: [late.name, late.code, late.sent],
        drop: [dropped[1], message, error.code, error.sent],
      };
    });
    assert.equal(seen.first, "connecting");
    const names = seen.states.map(([, state]) => state);
    assert.deepEqual(names, ["open", "closing", "closed", "connecting", "open"]);
    for (const [i, [previous]] of seen.states.slice(1).entries()) assert.equal(previous, names[i]);
    assert.equal(seen.delivered, undefined);
    assert.deepEqual(seen.reply, {
      type: "counted",
      request: seen.reply.request,
      open: 1,
      done: 0,
    });
    assert.deepEqual([seen.messagesSent, seen.attempts, seen.latency], [2, 1, true]);
    assert.deepEqual([seen.name, seen.why], ["closed", "user"]);
    assert.deepEqual(seen.late, ["SocketError", "closed", false]);
    assert.deepEqual(seen.drop, ["dropped", { type: "remove", id: 1 }, "closed", false]);
  });

  test("a value that is no message is refused with words, and nothing is sent", async ({
    page,
  }) => {
    const seen = await page.run(async () => {
      const socket = await connected();
      const revoked = Proxy.revocable({}, {});
      revoked.revoke();
      const wrong = {
        nothing: undefined,
        number: 7,
        untyped: {},
        unknown: { type: "append" },
        missing: { type: "add" },
        text: { type: "add", title: 7 },
        negative: { type: "remove", id: -1 },
        fraction: { type: "remove", id: 1.5 },
        inexact: { type: "remove", id: 2 ** 53 },
        enormous: { type: "remove", id: 2n ** 64n },
        nested: { type: "save", item: { id: 1, title: "", done: "no", by: null } },
        getter: {
          get type() {
            throw new Error("not today");
          },
        },
        revoked: revoked.proxy,
      };
      const before = socket.stats().messagesSent;
      const errors = Object.fromEntries(
        Object.entries(wrong).map(([name, value]) => [name, caught(() => socket.send(value))]),
      );
      const rejected = [
        await socket.deliver({ type: "add" }).catch(({ name, message }) => `${name} ${message}`),
        await socket.request(7).catch(({ name }) => name),
      ];
      const options = [
        caught(() => socket.send({ type: "remove", id: 1 }, { ttl: "long" })),
        caught(() => socket.send({ type: "remove", id: 1 }, { ttl: 0 })),
        caught(() => socket.send({ type: "remove", id: 1 }, { key: {} })),
        caught(() => socket.send({ type: "remove", id: 1 }, 7)),
        caught(() => socket.subscribe({})),
        caught(() => socket.close(1001)),
        caught(() => socket.close(4000, "x".repeat(124))),
        caught(() => new TodoSocket(7, {})),
        caught(() => new TodoSocket("ftp://example.com", {})),
        caught(() => new TodoSocket("/ws", { protocols: [7] })),
        caught(() => new TodoSocket("/ws", { heartbeat: "often" })),
      ];
      const between = socket.stats().messagesSent;
      // Nothing of that has broken it.
      const heard = next((listener) => socket.subscribe(listener));
      const sent = socket.send({ type: "add", title: "Buy rope" });
      const { item } = await heard;
      const bigint = socket.send({ type: "remove", id: BigInt(item.id) });
      const removed = await next((listener) => socket.subscribe(listener));
      const { name } = socket.state;
      socket.free();
      return { errors, rejected, options, none: between - before, sent, bigint, removed, name };
    });
    for (const [name, error] of Object.entries(seen.errors)) {
      assert.equal(error?.name, "TypeError", name);
      assert.match(error.message, /^message: ./, name);
    }
    const { errors } = seen;
    assert.match(errors.unknown.message, /unknown variant `append`, expected one of `add`, /);
    assert.match(errors.missing.message, /missing field `title`/);
    assert.match(errors.text.message, /integer `7`, expected a string/);
    assert.match(errors.getter.message, /cannot be read/);
    assert.equal(errors.getter.cause, "not today");
    assert.match(seen.rejected[0], /^TypeError message: .*missing field `title`/);
    assert.equal(seen.rejected[1], "TypeError");
    const kinds = seen.options.map((error) => error?.name);
    const [type, range] = ["TypeError", "RangeError"];
    assert.deepEqual(kinds, [type, range, type, type, type, range, range, type, type, type, type]);
    assert.match(seen.options.at(-1).message, /^options: at heartbeat: invalid type: /);
    assert.equal(seen.none, 0);
    assert.deepEqual([seen.sent, seen.bigint, seen.name], ["sent", "sent", "open"]);
    assert.equal(seen.removed.type, "removed");
  });

  test("a frame that is no message, or has no form here, is reported", async ({ page }) => {
    const seen = await page.run(async () => {
      const socket = await connected();
      const messages = [];
      const invalid = [];
      socket.subscribe((message) => messages.push(message));
      socket.onInvalid(({ data, error }) => {
        invalid.push([
          data instanceof ArrayBuffer ? data.byteLength : data,
          error.code,
          error.message,
        ]);
      });
      const receive = (data) => natives.at(-1).dispatchEvent(new MessageEvent("message", { data }));
      receive("7");
      receive('{"type":"removed"}');
      receive(new Uint8Array(3).buffer);
      receive('{"type":"counted","request":99,"open":0,"done":0}');
      receive('{"type":"removed","id":9007199254740993}');
      receive('{"type":"removed","id":9007199254740991}');
      receive('{"type":"saved","item":{"id":1,"title":"ä\u{1F9F5}","done":true,"by":"Ann"}}');
      socket.free();
      return { messages, invalid };
    });
    assert.deepEqual(
      seen.invalid.map(([data, code]) => [data, code]),
      [
        ["7", "decode"],
        ['{"type":"removed"}', "decode"],
        [3, "decode"],
        ['{"type":"counted","request":99,"open":0,"done":0}', "unmatched"],
        [undefined, "decode"],
      ].map((pair) => (pair[0] === undefined ? [seen.invalid[4][0], pair[1]] : pair)),
    );
    assert.ok(seen.invalid[4][0] == null);
    assert.match(seen.invalid[1][2], /missing field `id`/);
    assert.match(seen.invalid[4][2], /9007199254740993 can't be represented/);
    assert.deepEqual(seen.messages, [
      { type: "removed", id: 9007199254740991 },
      { type: "saved", item: { id: 1, title: "ä\u{1F9F5}", done: true, by: "Ann" } },
    ]);
  });

  test("listeners may do anything, and what they throw stops nobody", async ({ page }) => {
    page.guard.allow(/thrown by a listener/);
    const seen = await page.run(async () => {
      const log = [];
      const socket = await connected();
      const off = [
        socket.subscribe(({ type }) => {
          log.push(`first ${type}`);
          off[0]();
          off[2]();
          off[0]();
          socket.subscribe(({ type }) => log.push(`late ${type}`));
          log.push(socket.send({ type: "add", title: "from inside" }));
        }),
        socket.subscribe(() => {
          log.push("second");
          throw new Error("thrown by a listener");
        }),
        socket.subscribe(() => log.push("never")),
        socket.subscribe(({ type }) => log.push(`fourth ${type}`)),
      ];
      const two = next(
        (listener) => socket.subscribe(listener),
        ({ item }) => item?.title === "from inside",
      );
      socket.send({ type: "add", title: "Buy rope" });
      await two;
      off[1]();

      // Freed in the middle of its own message: the rest is not called, and what ends a listener still may be.
      const freed = await connected();
      const ends = freed.subscribe(() => log.push("before"));
      freed.subscribe(() => {
        freed.free();
        ends();
      });
      freed.subscribe(() => log.push("after"));
      const other = next(
        (listener) => socket.subscribe(listener),
        ({ type }) => type === "removed",
      );
      socket.send({ type: "remove", id: 1 });
      await other;
      while (!log.includes("before")) await turn();
      await turn();
      ends();
      const useless = caught(() => freed.send({ type: "remove", id: 1 }))?.name;

      // Closed and freed in listeners of the state.
      const states = [];
      const closed = new TodoSocket("/ws", {});
      closed.onState(({ state }) => {
        states.push(state.name);
        if (state.name === "open") closed.close();
        if (state.name === "closed") closed.free();
      });
      while (states.at(-1) !== "closed") await turn();

      const once = new TodoSocket("/ws", {});
      once.onState(() => once.free());
      await turn();

      // Closed inside a message; dropped messages that drop more.
      const drops = [];
      const ended = await connected();
      ended.onDrop(({ message, error }) => {
        drops.push([message.id, error.code, ended.send({ type: "remove", id: message.id + 1 })]);
      });
      ended.subscribe(() => ended.close());
      const done = next(
        (listener) => ended.onState(listener),
        ({ state }) => state.name === "closed",
      );
      socket.send({ type: "remove", id: 2 });
      await done;
      ended.send({ type: "remove", id: 7 });
      await turn();
      await turn();
      ended.free();
      socket.free();
      const { length } = strays;
      strays.length = 0;
      return {
        log,
        useless,
        states,
        drops,
        thrown: length,
        open: natives.filter((it) => it.readyState < 2).length,
      };
    });
    assert.deepEqual(seen.log.slice(0, 5), [
      "first saved",
      "sent",
      "second",
      "fourth saved",
      "second",
    ]);
    assert.deepEqual(seen.log.slice(5, 7).sort(), ["fourth saved", "late saved"]);
    assert.ok(!seen.log.includes("never") && !seen.log.includes("after"), `${seen.log}`);
    assert.equal(seen.log.filter((it) => it === "before").length, 1);
    assert.equal(seen.useless, "Error");
    assert.deepEqual(
      seen.states,
      ["connecting", "open", "closing", "closed"].slice(-seen.states.length),
    );
    assert.deepEqual(seen.drops, [[7, "closed", "dropped"]]);
    assert.equal(seen.thrown, 2);
    assert.equal(seen.open, 0);
  });

  test("a server that is away, and a pause: nothing is lost", async ({ server, page }) => {
    await page.run(async () => {
      globalThis.socket = await connected();
      globalThis.failures = [];
      socket.onError(({ error }) => failures.push(error.code));
      // Begun before the server is away: the wait may be over in no time.
      globalThis.queued = (async () => {
        while (socket.state.name !== "waiting") await next((listener) => socket.onState(listener));
        const { attempt, until, cause } = socket.state;
        const status = socket.send({ type: "add", title: "old" }, { key: "a" });
        socket.send({ type: "add", title: "Buy rope" }, { key: "a" });
        socket.reconnect();
        await next((listener) => socket.onError(listener));
        return {
          status,
          attempt,
          isLater: until > 0,
          kind: cause.kind,
          failures: [...failures],
          held: socket.stats().queuedMessages,
        };
      })();
    });
    await server.stop();
    const queued = await page.run(() => globalThis.queued);
    const { status, kind, isLater, failures, held } = queued;
    assert.deepEqual(
      [status, kind, isLater, failures, held],
      ["queued", "closed", true, ["refused"], 1],
    );
    await server.start(new URL(server.url).port);
    await page.run(async () => {
      socket.reconnect();
      await next(
        (listener) => socket.subscribe(listener),
        ({ item }) => item?.title === "Buy rope",
      );
      socket.pause();
      socket.send({ type: "add", title: "Tie it" });
      socket.resume();
      await next(
        (listener) => socket.subscribe(listener),
        ({ item }) => item?.title === "Tie it",
      );
      socket.free();
    });
    assert.deepEqual(
      (await server.items()).map(({ title }) => title),
      ["Buy rope", "Tie it"],
    );
  });

  test("sockets that come and go leave no memory behind", async ({ page }) => {
    const grown = await page.run(async () => {
      const round = async () => {
        const socket = await connected();
        const end = socket.subscribe(() => {});
        socket.onState(() => {});
        await socket.deliver({ type: "remove", id: 1 });
        caught(() =>
          socket.send({
            get type() {
              throw new Error("no");
            },
          }),
        );
        end();
        socket.free();
        await turn();
      };
      for (let i = 0; i < 20; i += 1) await round();
      const before = memory.buffer.byteLength;
      for (let i = 0; i < 150; i += 1) await round();
      return memory.buffer.byteLength - before;
    });
    assert.equal(grown, 0);
  });

  if (name === "chromium")
    test("a socket that nobody holds lives as long as its connection", async ({ page }) => {
      const client = await page.tab.createCDPSession();
      const collect = () => client.send("HeapProfiler.collectGarbage");
      await page.run(async () => {
        globalThis.heard = [];
        globalThis.states = [];
        await (async () => {
          const socket = await connected();
          socket.subscribe(({ type }) => heard.push(type));
          socket.onState(({ state }) => states.push(state.name));
          globalThis.weak = new WeakRef(socket);
        })();
        globalThis.other = await connected();
      });
      for (let i = 0; i < 3; i += 1) await collect();
      await page.run(async () => {
        await turn();
        const echo = next((listener) => other.subscribe(listener));
        other.send({ type: "add", title: "Buy rope" });
        await echo;
        while (heard.length === 0) await turn();
      });
      // Closed and begun anew, it is held again; closed and left, it goes.
      await page.run(async () => {
        const wait = (name) => {
          const { promise, resolve } = Promise.withResolvers();
          const end = weak.deref().onState(({ state }) => {
            if (state.name !== name) return;
            end();
            resolve();
          });
          return promise;
        };
        await weak.deref().close();
        const open = wait("open");
        weak.deref().reconnect();
        await open;
      });
      for (let i = 0; i < 3; i += 1) await collect();
      await page.run(async () => {
        await turn();
        await weak.deref().close();
        await turn();
      });
      for (let i = 0; i < 5; i += 1) {
        await collect();
        await page.run(() => turn());
      }
      assert.equal(await page.run(() => weak.deref() === undefined), true);
      await page.run(() => other.free());
    });
}
