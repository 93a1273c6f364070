// slim.mjs ws://…
// The slim entry with the bytes of the package's own file.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { connect, provideWasm } from "tautline/slim";

provideWasm(await readFile(fileURLToPath(import.meta.resolve("tautline/tautline.wasm"))));
const socket = connect(process.argv[2]);
const messages = socket[Symbol.asyncIterator]();
socket.send("one");
assert.equal((await messages.next()).value, "one");
await socket.close();
