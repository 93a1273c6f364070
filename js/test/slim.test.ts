import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";

// The built entry: what stands in for the embedded module is a matter of the build. The bundle of this test lies
// elsewhere, and tests run in the repository's root.
const path = `${process.cwd()}/pkg/slim.js`;
const slim: typeof import("../slim.js") = await import(path);

class Native extends EventTarget {
  readyState = 0;
  send() {}
  close() {}
}

describe("the slim entry", { concurrency: false }, () => {
  it("says what is missing before a module is brought, and connects once it is", async () => {
    const dial = () =>
      slim.connect("ws://127.0.0.1", { WebSocket: Native as never, autoConnect: false });
    assert.throws(dial, (error: Error) => {
      assert.ok(error instanceof slim.WasmUnavailable);
      assert.match(String((error.cause as Error).message), /provideWasm/);
      return true;
    });
    assert.throws(() => slim.provideWasm(new Uint8Array([1, 2, 3])), WebAssembly.CompileError);
    slim.provideWasm(await readFile(`${process.cwd()}/pkg/tautline.wasm`));
    await dial().close();
  });
});
