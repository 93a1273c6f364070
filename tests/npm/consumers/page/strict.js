// Scripts from files only, as in an extension: every entry that makes sockets, each way to bring the module, and a worker.
import * as tautline from "/pkg/index.js";
import * as slim from "/pkg/slim.js";
import { WebSocket } from "/pkg/websocket/index.js";
import { echo, echoByClass } from "./echo.js";
import { server, show } from "./show.js";

const violated = new Promise((_, reject) => {
  addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    reject(new Error(`${violatedDirective} forbids ${blockedURI}`)),
  );
});
const allowed = (promise) => Promise.race([promise, violated]);

show("main", allowed(echo(tautline, server, "hello")));
show("class", allowed(echoByClass(WebSocket, server, "hello from the class")));
show("stream", allowed(stream()));
show("bytes", allowed(bytes()));
show("worker", allowed(worker()));

async function stream() {
  slim.provideWasm(await WebAssembly.compileStreaming(fetch("/pkg/tautline.wasm")));
  return echo(slim, server, "hello from a stream");
}

/** By a second copy of the entry, to which nothing was brought yet. */
async function bytes() {
  const other = await import("/pkg/slim.js?bytes");
  const response = await fetch("/pkg/tautline.wasm");
  other.provideWasm(await response.arrayBuffer());
  return echo(other, server, "hello from bytes");
}

function worker() {
  const worker = new Worker("worker.js", { type: "module" });
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(`not loaded: ${message}`));
  });
  worker.postMessage({ server, text: "hello from a worker", port: port2 }, [port2]);
  return answer;
}
