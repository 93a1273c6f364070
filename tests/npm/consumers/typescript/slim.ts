// Every way to bring the module, and what provideWasm() must refuse.
import type { connect as full, Socket } from "tautline";
import { connect, provideWasm, WasmUnavailable } from "tautline/slim";
import module from "tautline/tautline.wasm";
import url from "tautline/tautline.wasm?url";

provideWasm(module);
provideWasm(await WebAssembly.compileStreaming(fetch(url)));
provideWasm(await (await fetch(url)).arrayBuffer());
provideWasm(new Uint8Array());

// @ts-expect-error a promise has to be awaited
provideWasm(WebAssembly.compileStreaming(fetch(url)));
// @ts-expect-error a response is not what it holds
provideWasm(await fetch(url));
// @ts-expect-error an address is not the module
provideWasm(url);
// @ts-expect-error the main entry has its engine inside
import("tautline").then(({ provideWasm }) => provideWasm);

// The faces are one type, and both entries can be told apart by nothing else.
export const socket: Socket<string, string> = connect<string, string>("/");
export const same: typeof full = connect;
export const isUnavailable = (error: unknown) => error instanceof WasmUnavailable;
