// Binary codecs of two libraries, as the README shows them, over a real WebSocket server.
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, test } from "node:test";
import { create, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { Packr } from "msgpackr";
// @ts-expect-error it has no declarations
import { WebSocket, WebSocketServer } from "ws";
import { type Codec, connect, type Frame, type InvalidEvent, raw, type Socket } from "../index.js";

const packr = new Packr({ useRecords: false });
const msgpack: Codec = {
  encode: (message) => new Uint8Array(packr.pack(message)),
  decode: (frame) => {
    if (typeof frame === "string") throw new TypeError("a binary frame is expected");
    return packr.unpack(new Uint8Array(frame));
  },
};

const protobuf: Codec<Timestamp, MessageShape<typeof TimestampSchema>> = {
  encode: (message) => toBinary(TimestampSchema, message),
  decode: (frame) => {
    if (typeof frame === "string") throw new TypeError("a binary frame is expected");
    return fromBinary(TimestampSchema, new Uint8Array(frame));
  },
};

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A socket whose frames come back as they are, and what came back. */
async function echoing<Out, In>(codec: Codec<Out, In>) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  type Peer = {
    on(type: "message", listener: (data: unknown, isBinary: boolean) => void): void;
    send(data: unknown, options: { binary: boolean }): void;
  };
  server.on("connection", (peer: Peer) => {
    peer.on("message", (data, isBinary) => peer.send(data, { binary: isBinary }));
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect<Out, In>(`ws://127.0.0.1:${port}`, { codec, WebSocket });
  closing.push(
    () => socket.close(),
    () => new Promise((resolve) => server.close(resolve)),
  );
  const invalid: InvalidEvent[] = [];
  socket.addEventListener("invalid", (event) => invalid.push(event));
  await socket.opened({ timeout: 5_000 });
  return { socket: socket as Socket<Out, In>, invalid };
}

/** The next messages. */
async function next<In>(socket: Socket<never, In>, count: number): Promise<In[]> {
  const got: In[] = [];
  for await (const message of socket as Socket<unknown, In>) {
    got.push(message);
    if (got.length === count) break;
  }
  return got;
}

test("msgpackr: values come back as they were, and broken frames are events", async () => {
  const { socket, invalid } = await echoing(msgpack);
  const messages = [
    { type: "say", text: "grüße 🎏", at: 1.5, list: [1, -2, 3e9], nothing: null },
    "text",
    new Uint8Array([1, 2, 3]),
  ];
  const back = next(socket as never, 3);
  socket.send(raw(new Uint8Array([0x92, 0x01])));
  socket.send(raw("text frame"));
  for (const message of messages) socket.send(message);
  const [say, text, bytes] = (await back) as [unknown, unknown, Uint8Array];
  assert.deepEqual(say, messages[0]);
  assert.equal(text, "text");
  assert.deepEqual([...bytes], [1, 2, 3]);
  assert.deepEqual(
    invalid.map(({ error }) => error.code),
    ["decode", "decode"],
  );
  assert.equal(invalid[1]?.data as Frame, "text frame");
});

test("protobuf-es: values come back as they were, and broken frames are events", async () => {
  const { socket, invalid } = await echoing(protobuf);
  const message = create(TimestampSchema, { seconds: 1_790_000_000n, nanos: 5 });
  const back = next(socket as never, 1);
  socket.send(raw(new Uint8Array([0xff, 0xff])));
  socket.send(raw("text frame"));
  socket.send(message);
  assert.deepEqual(await back, [message]);
  assert.deepEqual(
    invalid.map(({ error }) => error.code),
    ["decode", "decode"],
  );
});

test("a message that is not of the type is dropped", async () => {
  const { socket } = await echoing(protobuf);
  const drops: unknown[] = [];
  socket.addEventListener("drop", ({ error }) => drops.push(error.code));
  assert.equal(socket.send({ seconds: "soon" } as never), "dropped");
  assert.deepEqual(drops, ["encode"]);
});
