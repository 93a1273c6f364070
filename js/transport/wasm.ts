// The module's bytes, which are part of this package. In the slim entry js/slim/wasm.ts stands in this place.

import { wasmText } from "../generated/wasm.js";

/**
 * Bytes out of printable ASCII, as scripts/lib/encode.mjs writes it: the 93 lowest are one character, the others two,
 * of which the first says which 93 are meant.
 */
export function compile(): WebAssembly.Module {
  const bytes = new Uint8Array(wasmText.length);
  let length = 0;
  for (let i = 0; i < wasmText.length; i++) {
    let byte = wasmText.charCodeAt(i) - 32;
    if (byte > 92) byte = (byte - 92) * 93 + wasmText.charCodeAt(++i) - 32;
    bytes[length++] = byte;
  }
  return new WebAssembly.Module(bytes.slice(0, length));
}
