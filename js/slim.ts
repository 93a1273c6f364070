export * from "./index.js";
export { provideWasm } from "./slim/wasm.js";
