// What tools declare of their own: Vite by `vite/client`, edge runtimes by their types. The package declares nothing for
// its .wasm, because what an import of one gives is for the tool to say.
declare module "*.wasm?url" {
  const url: string;
  export default url;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
