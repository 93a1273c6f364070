// The module, brought by the user.

let module: WebAssembly.Module | undefined;

/**
 * Brings the module of this version of tautline, which the package has as `tautline/tautline.wasm`: compiled, or its
 * bytes. Once, before the first `connect()`; later calls serve engines that are made later.
 *
 * @throws {WebAssembly.CompileError} The bytes are no module, or must not be compiled here, as under a
 *   Content-Security-Policy without `'wasm-unsafe-eval'`.
 *
 * @example
 * import url from "tautline/tautline.wasm?url"; // as Vite gives addresses
 * provideWasm(await WebAssembly.compileStreaming(fetch(url)));
 */
export function provideWasm(source: WebAssembly.Module | BufferSource): void {
  module = source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
}

/** @internal */
export function compile(): WebAssembly.Module {
  if (!module) {
    throw new TypeError(
      "there is no module yet: call provideWasm() of tautline/slim before connect()",
    );
  }
  return module;
}
