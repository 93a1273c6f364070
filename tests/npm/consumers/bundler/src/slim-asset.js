// The slim entry with the module as an asset, compiled while it loads.
import { connect, provideWasm } from "tautline/slim";
import { server, show } from "./show.js";

const url = new URL("tautline/tautline.wasm", import.meta.url);
WebAssembly.compileStreaming(fetch(url)).then((module) => {
  provideWasm(module);
  const socket = connect(server);
  socket.subscribe((message) => show("page", message));
  socket.send("hello with an asset");
});
