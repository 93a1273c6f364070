// Fails on purpose: what the runner prints is looked at.
import { connect } from "tautline";
import { testkit } from "tautline/testing";
import { test } from "vitest";

test("another message", async () => {
  const kit = testkit();
  const socket = connect("wss://example.com/live");
  const peer = await kit.accept();
  socket.send({ type: "order", sku: "seven" });
  await peer.expect({ type: "order", sku: "eight" });
});

test("no dial at all", async () => {
  await testkit().accept();
});
