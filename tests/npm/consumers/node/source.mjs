// source.mjs ws://…
// The slim entry with a module that the runtime has compiled: a source phase import.
import assert from "node:assert/strict";
import { connect, provideWasm } from "tautline/slim";
import source module from "tautline/tautline.wasm";

provideWasm(module);
const socket = connect(process.argv[2]);
const messages = socket[Symbol.asyncIterator]();
socket.send("one");
assert.equal((await messages.next()).value, "one");
await socket.close();
