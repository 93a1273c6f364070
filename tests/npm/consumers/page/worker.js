// One file for every kind of worker: each hears of messages in its own way. No worker has an import map.
import * as tautline from "/pkg/index.js";
import { echo } from "./echo.js";

async function answer({ server, text, port }) {
  port.postMessage(await echo(tautline, server, text));
}

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => answer(data);
};
self.onmessage = (event) => {
  const answered = answer(event.data);
  event.waitUntil?.(answered);
};
