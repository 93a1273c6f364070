import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, describe, it } from "node:test";
import { runInNewContext } from "node:vm";

// The built entry: what stands in for the embedded module is a matter of the build. The bundle of this test lies
// elsewhere, and tests run in the repository's root.
const at = (name: string) => `${process.cwd()}/pkg/${name}`;
let copies = 0;
/** A copy of its own, to which nothing was brought yet. */
const load = (): Promise<typeof import("../slim.js")> => import(`${at("slim.js")}?${++copies}`);

class Native extends EventTarget {
  readyState = 0;
  send() {}
  close() {}
}

describe("the slim entry", () => {
  let bytes: Uint8Array<ArrayBuffer>;
  before(async () => {
    bytes = new Uint8Array(await readFile(at("tautline.wasm")));
  });

  const connects = ({ connect }: typeof import("../slim.js")) =>
    connect("ws://127.0.0.1", { WebSocket: Native as never, autoConnect: false }).close();

  it("says that a module is missing, not that a policy forbids it", async () => {
    const slim = await load();
    assert.throws(
      () => connects(slim),
      (error: Error) => {
        assert.ok(error instanceof slim.WasmUnavailable);
        assert.equal(error.code, "wasm-unavailable");
        assert.match(error.message, /provideWasm\(\)/);
        assert.doesNotMatch(error.message, /CSP/);
        return true;
      },
    );
  });

  it("takes bytes in every form, a module, and either from another realm", async () => {
    const padded = new Uint8Array(bytes.length + 8);
    padded.set(bytes, 4);
    const forms = [
      bytes,
      bytes.buffer,
      Buffer.from(bytes),
      padded.subarray(4, -4),
      new WebAssembly.Module(bytes),
      runInNewContext("new Uint8Array(bytes).buffer", { bytes }),
      runInNewContext("new WebAssembly.Module(bytes)", { bytes }),
    ];
    for (const form of forms) {
      const slim = await load();
      slim.provideWasm(form);
      await connects(slim);
    }
  });

  it("refuses what is no module of this version, and keeps the one it has", async () => {
    const slim = await load();
    slim.provideWasm(bytes);
    const refuses = (source: unknown, message: RegExp) =>
      assert.throws(
        () => slim.provideWasm(source as never),
        (error: Error) => {
          assert.ok(error instanceof slim.OptionError);
          assert.match(error.message, message);
          return true;
        },
      );
    refuses(Promise.resolve(bytes), /^provideWasm\(source\): got object, .*await a promise/);
    refuses("/tautline.wasm", /got string, expected a WebAssembly.Module or its bytes/);
    refuses(undefined, /got nothing, expected a WebAssembly.Module or its bytes/);
    refuses(new TextEncoder().encode("<!doctype html>"), /got bytes of something else/);
    refuses(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]), /got another module, expected tautline/);
    const { version } = JSON.parse(await readFile("package.json", "utf8"));
    const end = bytes.length - ` ${version} 12345678`.length;
    const older = bytes.slice();
    older.set(new TextEncoder().encode(` ${version} 12345678`), end);
    refuses(
      older,
      new RegExp(`got tautline.wasm ${version} 12345678, expected .*${version} \\w{8}$`),
    );
    await connects(slim);
  });
});
