// The module, brought by the user.

import { OptionError, WasmUnavailable } from "../errors.js";

/** Which build of the module this bundle goes with: what its section says, written in by the build. */
declare const WASM_BUILD: string;

/** The platform's type has no members, so it would take anything: a promise that nobody awaits, a response, an address. */
type Module = WebAssembly.Module & object & { readonly then?: never; readonly ok?: never };

const PARAMETER = "provideWasm(source)";

let module: WebAssembly.Module | undefined;

/**
 * Brings the engine, which the package has as `tautline/tautline.wasm`: compiled, or its bytes. Call it before the first
 * `connect()`. A later call replaces the module for engines that are made later, which is after a trap only.
 *
 * The file has to be the one of this very version: a module of another one, from a stale cache say, is refused.
 *
 * Where the file is: Vite gives its address by `import url from "tautline/tautline.wasm?url"`; webpack, Rspack and Turbopack
 * by `new URL("tautline/tautline.wasm", import.meta.url)`; esbuild's loader `binary` gives its bytes. Edge runtimes give the
 * module itself by `import module from "tautline/tautline.wasm"`.
 *
 * @throws {OptionError} It is neither a module nor bytes, the bytes are no WebAssembly (a page for "not found", say), or
 *   the module is not that of this version.
 * @throws {WasmUnavailable} Bytes must not be compiled here: a Content-Security-Policy lacks `'wasm-unsafe-eval'`.
 *
 * @example
 * import { connect, provideWasm } from "tautline/slim";
 *
 * // Compiled while it loads; the server has to call it application/wasm.
 * provideWasm(await WebAssembly.compileStreaming(fetch("/assets/tautline.wasm")));
 * const socket = connect("wss://example.com/live");
 */
export function provideWasm(source: Module | BufferSource): void {
  const given = isBytes(source) ? compiled(source) : source;
  const build = buildOf(given);
  if (build !== WASM_BUILD) throw new OptionError(PARAMETER, build, WASM_BUILD, true);
  module = given;
}

/** @internal */
export function compile(): WebAssembly.Module {
  if (!module) {
    const text = "No WebAssembly yet: call provideWasm() of tautline/slim before connect()";
    throw new WasmUnavailable("wasm-unavailable", undefined, text);
  }
  return module;
}

// By kind, not by class: in test runners and frames a module or buffer may come from another realm.
const isBytes = (source: unknown): source is BufferSource =>
  ArrayBuffer.isView(source) || /ArrayBuffer\]$/.test(Object.prototype.toString.call(source));

function compiled(bytes: BufferSource): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes);
  } catch (error) {
    // No policy forbids to look whether it could be compiled.
    if (WebAssembly.validate(bytes)) throw new WasmUnavailable("wasm-unavailable", error);
    throw new OptionError(PARAMETER, "bytes of something else", "those of tautline.wasm", true);
  }
}

/** What the section of the name `tautline` says. */
function buildOf(given: WebAssembly.Module): string {
  let section: ArrayBuffer | undefined;
  try {
    [section] = WebAssembly.Module.customSections(given, "tautline");
  } catch {
    const expected = "a WebAssembly.Module or its bytes; await a promise first";
    throw new OptionError(PARAMETER, given, expected);
  }
  return section ? new TextDecoder().decode(section) : "another module";
}
