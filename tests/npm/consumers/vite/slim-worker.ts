// The slim entry: Vite gives the module's address, and it is compiled while it loads.
import { connect, provideWasm } from "tautline/slim";
import url from "tautline/tautline.wasm?url";

const provided = WebAssembly.compileStreaming(fetch(url)).then(provideWasm);

self.onmessage = async ({ data: server }) => {
  await provided;
  const socket = connect<string, string>(server);
  socket.subscribe((message) => self.postMessage(message));
  socket.send("hello from the slim worker");
};
