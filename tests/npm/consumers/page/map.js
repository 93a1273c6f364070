// The package by its names, without a build.
import * as tautline from "tautline";
import * as slim from "tautline/slim";
import { WebSocket } from "tautline/websocket";
import { echo, echoByClass } from "./echo.js";
import { server, show } from "./show.js";

show("main", echo(tautline, server, "hello"));
show("class", echoByClass(WebSocket, server, "hello from the class"));

const address = import.meta.resolve("tautline/tautline.wasm");
const provided = WebAssembly.compileStreaming(fetch(address)).then(slim.provideWasm);
show(
  "slim",
  provided.then(() => echo(slim, server, "hello from the slim entry")),
);
