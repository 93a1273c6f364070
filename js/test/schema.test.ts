// Schemas of three libraries, both ways, with the real engine over a scripted WebSocket.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import {
  type DropEvent,
  type Frame,
  type InvalidEvent,
  type Options,
  raw,
  SchemaError,
  type Socket,
  type StandardSchema,
} from "../index.js";
import { reported } from "./fakes.js";
import { dial } from "./real.js";

interface Say {
  type: "say";
  text: string;
}

const SCHEMAS: Record<string, StandardSchema<unknown, Say>> = {
  zod: z.object({ type: z.literal("say"), text: z.string() }),
  valibot: v.object({ type: v.literal("say"), text: v.string() }),
  arktype: type({ type: "'say'", text: "string" }),
};
const GOOD = { type: "say", text: "hi" };
const BAD = { type: "say", text: 5 };

async function opened(options: Options<unknown, unknown>) {
  const { socket, native } = await dial<unknown, unknown>(options);
  const got: unknown[] = [];
  const invalid: InvalidEvent[] = [];
  const drops: DropEvent[] = [];
  socket.subscribe((message) => got.push(message));
  socket.addEventListener("invalid", (event) => invalid.push(event));
  socket.addEventListener("drop", (event) => drops.push(event));
  native.open();
  return { socket, native, got, invalid, drops };
}

const receive = (native: { receive(data: unknown): void }, message: unknown) =>
  native.receive(JSON.stringify(message));

for (const [name, schema] of Object.entries(SCHEMAS)) {
  test(`${name}: what does not fit is an event with frame and issues, and the stream goes on`, async () => {
    const { native, got, invalid } = await opened({ schema });
    for (const message of [GOOD, BAD, 7, null, GOOD]) receive(native, message);
    assert.deepEqual(got, [GOOD, GOOD]);
    assert.equal(invalid.length, 3);
    const [{ data, error }] = invalid as [InvalidEvent];
    assert.equal(data, JSON.stringify(BAD));
    assert.ok(error instanceof SchemaError);
    assert.equal(error.code, "schema");
    const [issue] = error.issues;
    assert.equal(typeof issue?.message, "string");
    const path = Array.from(issue?.path ?? [], (part) => Object(part).key ?? part);
    assert.deepEqual(path, ["text"]);
    assert.ok(!error.message.includes("5"), "no value in the text");
  });

  test(`${name}: what does not fit is not sent, and a reply that does not fit rejects`, async () => {
    const { socket, native, drops } = await opened({
      schema: { receive: schema, send: schema },
      requests: {
        id: (message) => (message as { id?: number }).id,
        stamp: (message, id) => ({ ...(message as object), id }),
      },
    });
    assert.equal(socket.send(GOOD), "sent");
    assert.equal(socket.send(BAD), "dropped");
    assert.ok(drops[0]?.error instanceof SchemaError);
    assert.equal(drops[0].message, BAD);
    await assert.rejects(socket.deliver(BAD), SchemaError);
    await assert.rejects(socket.request(BAD), SchemaError);
    assert.equal(socket.send(raw("anything")), "sent");
    assert.deepEqual(native.sent, [JSON.stringify(GOOD), "anything"]);
    const bad = socket.request(GOOD);
    const { id } = JSON.parse(native.sent.at(-1) as string);
    receive(native, { ...BAD, id });
    await assert.rejects(bad, SchemaError);
    const good = socket.request(GOOD) as Promise<Say>;
    receive(native, { ...GOOD, id: id + 1 });
    assert.equal((await good).text, "hi");
  });
}

test("messages are what the schema makes of them, both ways", async () => {
  const { socket, native, got } = await opened({
    schema: {
      receive: z.object({ at: z.coerce.date() }).transform(({ at }) => at.getTime()),
      send: z.object({ n: z.number().default(1) }),
    },
  });
  receive(native, { at: "1970-01-01T00:00:00.005Z" });
  socket.send({});
  assert.deepEqual(got, [5]);
  assert.deepEqual(native.sent, ['{"n":1}']);
});

test("pongs, answers to credentials and replies to nobody are not the schema's business", async () => {
  const { socket, native, got, invalid } = await opened({
    schema: SCHEMAS.zod as StandardSchema,
    heartbeat: { ping: 1, isPong: (message) => message === "pong" },
    requests: {
      id: (message) => (message as { id?: number } | null)?.id,
      stamp: (message) => message,
    },
    auth: { message: () => "token", accept: (reply) => reply === "yes" || undefined },
  });
  await new Promise(setImmediate);
  receive(native, "yes");
  assert.equal(socket.state.name, "open");
  receive(native, "pong");
  assert.equal(invalid.length, 0);
  receive(native, { id: 9 });
  assert.equal(invalid[0]?.error.code, "unmatched");
  assert.deepEqual(got, []);
});

test("an asynchronous schema is refused with the reason, and what it rejects with later is told", async () => {
  const { socket, native, got, invalid } = await opened({
    schema: z.string().refine(async () => true),
  });
  receive(native, "good");
  assert.deepEqual(got, []);
  const [{ error }] = invalid as [InvalidEvent];
  assert.match((error as SchemaError).issues[0]?.message ?? "", /asynchronous/);
  assert.equal(socket.state.name, "open");
  const failure = new Error("later");
  const rejecting = await opened({
    schema: {
      "~standard": { version: 1, vendor: "own", validate: () => Promise.reject(failure) },
    },
  });
  receive(rejecting.native, "good");
  await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(rejecting.invalid.length, 1);
  assert.deepEqual(reported, [failure]);
});

test("a schema that throws is an event like any other", async () => {
  const failure = new Error("broken");
  const broken = (validate: (value: unknown) => unknown) =>
    ({ "~standard": { version: 1, vendor: "own", validate } }) as const;
  const { native, invalid } = await opened({
    schema: broken(() => {
      throw failure;
    }),
  });
  receive(native, GOOD);
  assert.ok(invalid[0]?.error instanceof SchemaError);
  assert.equal(invalid[0].error.cause, failure);
  const odd = await opened({ schema: broken(() => undefined) });
  receive(odd.native, GOOD);
  assert.ok(odd.invalid[0]?.error instanceof SchemaError, "no result at all");
});

test("frames that do not decode never reach the schema", async () => {
  let asked = 0;
  const { native, invalid } = await opened({
    schema: z.unknown().refine(() => ++asked > 0),
  });
  native.receive("{");
  assert.equal(asked, 0);
  assert.equal(invalid[0]?.error.code, "decode");
  assert.equal(invalid[0].data as Frame, "{");
});

export const typed = (socket: Socket<unknown, Say>) => socket;
