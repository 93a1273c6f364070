// A whole conversation: queued, echoed, broken off by the server, taken up again, closed.
//
//   node talk.mjs ws://…        with the global class
//   node talk.mjs ws://… ws     with the class of that package
import assert from "node:assert/strict";
import { once } from "node:events";
import { bytes, connect } from "tautline";

const [url, name] = process.argv.slice(2);
const options = name ? { WebSocket: (await import(name)).WebSocket } : {};

const socket = connect(url, { ...options, backoff: { initial: 50 } });
const messages = socket[Symbol.asyncIterator]();
assert.equal(socket.send("one"), "queued");
assert.equal((await messages.next()).value, "one");

const again = once(socket, "open");
socket.send({ type: "control", action: "kill" });
const [{ reconnected }] = await again;
assert.equal(reconnected, true);
assert.equal(socket.send("two"), "sent");
assert.equal((await messages.next()).value, "two");

const binary = connect(`${url}-bytes`, { ...options, codec: bytes() });
binary.send(new Uint8Array([0, 1, 254, 255]));
const [{ data }] = await once(binary, "message");
assert.deepEqual(data, new Uint8Array([0, 1, 254, 255]));

await Promise.all([socket.close(), binary.close()]);
assert.equal(socket.state.why, "user");
