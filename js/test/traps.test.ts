// When wasm itself fails.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, WasmUnavailable } from "../index.js";
import { FakeWebSocket } from "./fakes.js";
import { dial, liveTimers, reached, wasm } from "./real.js";
import { ADDRESS, heard } from "./start.js";

test("a trap closes all sockets of the instance; the next connect() and reconnect() have a fresh one", async () => {
  const first = await dial();
  const second = await dial();
  const before = wasm.instances;
  first.native.open();
  second.native.open();
  const events: string[] = [];
  for (const type of ["state", "error", "close", "drop"] as const) {
    first.socket.addEventListener(type, () => events.push(type));
  }
  wasm.trap = true;
  assert.equal(first.socket.send("x"), "dropped");
  for (const { socket, native } of [first, second]) {
    assert.deepEqual(socket.state, { name: "closed", why: "internal", cause: undefined });
    assert.ok(!native.onmessage);
    assert.equal(native.closes.length, 1);
  }
  assert.deepEqual(events, ["state", "error", "close", "drop"]);
  await first.socket.close();
  const third = await dial();
  third.native.open();
  assert.equal(third.socket.send("y"), "sent");
  const revived = FakeWebSocket.next();
  second.socket.reconnect();
  (await revived).open();
  assert.equal(second.socket.send("z"), "sent");
  assert.equal(wasm.instances, before + 1);
});

for (const call of ["poll", "field", "deadline", "timer", "timeout", "opened", "heard", "closed"]) {
  test(`a trap in ${call}: closed as internal, the native socket gone, no timer left`, async () => {
    const before = liveTimers();
    const { socket, native } = await dial();
    wasm.trap = call;
    native.open();
    native.receive("1");
    if (socket.state.name !== "closed") native.end(1006);
    if (socket.state.name !== "closed") await reached(socket, "closed");
    assert.deepEqual(socket.state, { name: "closed", why: "internal", cause: undefined });
    assert.ok(native.closes.length > 0 || native.readyState === 3);
    assert.ok(!native.onmessage && !native.onclose);
    assert.equal(socket.send("late"), "dropped");
    assert.equal(liveTimers(), before);
    const next = FakeWebSocket.next();
    socket.reconnect();
    (await next).open();
    assert.equal(socket.state.name, "open");
  });
}

test("what a close listener sends after a trap, on a new engine, is not reported as dropped", async () => {
  const { socket } = await dial();
  const drops: { message: unknown }[] = heard(socket, "drop");
  socket.send("before");
  const next = FakeWebSocket.next();
  const revive = () => {
    socket.reconnect();
    socket.send("after");
  };
  socket.addEventListener("close", revive, { once: true });
  wasm.trap = "command";
  socket.pause();
  assert.deepEqual(
    drops.map(({ message }) => message),
    ["before"],
  );
  const native = await next;
  native.open();
  assert.deepEqual(native.sent, ['"after"']);
});

test("wasm that cannot be compiled is named with the directive, and tried again the next time", async (t) => {
  const { Module } = WebAssembly;
  const lost = await dial();
  lost.native.open();
  wasm.trap = true;
  lost.socket.send("the instance is gone");
  t.after(() => Object.assign(WebAssembly, { Module }));
  const cause = new WebAssembly.CompileError("violates the Content Security Policy");
  Object.assign(WebAssembly, {
    Module: class {
      constructor() {
        throw cause;
      }
    },
  });
  assert.throws(
    () => connect(ADDRESS, { WebSocket: FakeWebSocket }),
    (error) =>
      error instanceof WasmUnavailable &&
      error.code === "wasm-unavailable" &&
      error.cause === cause &&
      /'wasm-unsafe-eval'.*script-src/.test(error.message),
  );
  Object.assign(WebAssembly, { Module });
  const { socket, native } = await dial();
  native.open();
  assert.equal(socket.state.name, "open");
});
