// class.mjs ws://…
// The drop-in class, in the place of the global one.
import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "tautline/websocket";

globalThis.WebSocket = WebSocket;
const socket = new globalThis.WebSocket(process.argv[2]);
await once(socket, "open");
socket.send("one");
const [{ data, target }] = await once(socket, "message");
assert.equal(data, "one");
assert.equal(target, socket);
const closed = once(socket, "close");
socket.close(1000);
const [{ code, wasClean }] = await closed;
assert.deepEqual([code, wasClean], [1000, true]);
