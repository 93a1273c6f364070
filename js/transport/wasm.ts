// The module's bytes, which are part of this package. In the slim entry js/slim/wasm.ts stands in this place.

import { wasmText } from "../generated/wasm.js";
import { unpack } from "./unpack.js";

export const compile = (): WebAssembly.Module => new WebAssembly.Module(unpack(wasmText));
