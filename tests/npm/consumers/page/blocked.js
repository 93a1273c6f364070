// Importing is harmless where WebAssembly is forbidden; what needs it says so at once.
import * as tautline from "/pkg/index.js";
import * as slim from "/pkg/slim.js";
import { WebSocket } from "/pkg/websocket/index.js";
import { server, show } from "./show.js";

/** What `work` throws, by its class and code. */
async function thrown(work) {
  try {
    await work();
    return "nothing was thrown";
  } catch (error) {
    const known = [tautline.WasmUnavailable, slim.WasmUnavailable].some(
      (it) => error instanceof it,
    );
    return known ? `WasmUnavailable: ${error.message}` : error.name;
  }
}

const fetched = () => fetch("/pkg/tautline.wasm");

show(
  "main",
  thrown(() => tautline.connect(server)),
);
show(
  "class",
  thrown(() => new WebSocket(server)),
);
show(
  "stream",
  thrown(() => WebAssembly.compileStreaming(fetched())),
);
show(
  "bytes",
  thrown(async () => slim.provideWasm(await (await fetched()).arrayBuffer())),
);
show(
  "nothing",
  thrown(() => slim.connect(server)),
);
