// What only a test runner can show: its matchers, and its own fake timers beside the kit.
import { connect } from "tautline";
import { testkit } from "tautline/testing";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => {
  vi.useRealTimers();
});

const ADDRESS = "wss://example.com/live";

test("the runner's matchers may stand in what is expected", async () => {
  const kit = testkit();
  const socket = connect(ADDRESS);
  const peer = await kit.accept();
  socket.send({ type: "order", id: 7, items: ["a", "b"] });
  await peer.expect({
    type: "order",
    id: expect.any(Number),
    items: expect.arrayContaining(["b"]),
  });
  socket.send({ type: "order", id: "7" });
  await expect(peer.expect({ type: "order", id: expect.any(Number) })).rejects.toThrow(
    /another one/,
  );
  kit.restore();
});

test("fake timers that the kit does not use do not disturb it, and it does not move them", async () => {
  vi.useFakeTimers();
  let fired = false;
  setTimeout(() => {
    fired = true;
  }, 10);
  const kit = testkit();
  const socket = connect(ADDRESS);
  const peer = await kit.accept();
  peer.drop();
  await kit.accept();
  await kit.advance(60_000);
  expect(socket.state.name).toBe("open");
  expect(fired).toBe(false);
  const closed = socket.close();
  await closed;
  await kit.expectNothingLeft();
  kit.restore();
});

test("with the runner's timers, a sleeping or frozen page fires none of the engine's", async () => {
  vi.useFakeTimers();
  const kit = testkit({ timers: vi });
  const socket = connect<{ type: string }, { type: string }>(ADDRESS, {
    heartbeat: { ping: { type: "ping" }, isPong: ({ type }) => type === "pong" },
  });
  kit.answer({ type: "ping" }, { type: "pong" });
  const peer = await kit.accept();
  await kit.sleep(3_600_000);
  expect(peer.received).toEqual([]);
  await kit.advance(5_000);
  expect(peer.received.length).toBe(1);
  expect(socket.state.name).toBe("open");
  expect(kit.elapsed).toBe(3_605_000);
  kit.page.freeze();
  await kit.advance(100_000);
  expect(peer.received.length).toBe(1);
  kit.page.resume();
  await kit.advance(30_000);
  expect(socket.state.name).toBe("open");
  peer.stall();
  const since = kit.elapsed;
  await kit.until(() => socket.state.name === "waiting");
  expect(kit.elapsed - since).toBeLessThanOrEqual(40_000);
  await socket.close();
  await kit.expectNothingLeft();
  kit.restore();
});
