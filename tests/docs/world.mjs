// The world in which an example runs, a thread of its own. What stands in it beside what Node and the packages have:
//
// * wss://example.com leads to the test server, or to the example's own; a port 8080 is any free port on this machine.
// * The names that examples leave to the application: freshToken, ticket, handle, ws; connectedSocket for afterwards.mjs.
// * With `page`, a document that hide() and show() hide and show.
import { EventEmitter } from "node:events";
import { createRequire } from "node:module";
import { Server } from "node:net";
import { parentPort, workerData } from "node:worker_threads";

const { client, server, url, folder, page } = workerData;
const { WebSocket } = createRequire(`${folder}/`)("ws");

let peer = url;
const listening = [];

globalThis.location = { href: "https://example.com/app" };
globalThis.WebSocket = class extends WebSocket {
  constructor(address, protocols) {
    const { host, pathname, search } = new URL(address);
    if (host !== "example.com") throw new Error(`an example dials ${host}`);
    // The test server's endpoint is the example's to choose; a server of its own has its own paths.
    const target = peer ?? `${listening[0]}${pathname}${search}`;
    super(target, protocols);
    this.on("open", () => parentPort.postMessage({ opened: true }));
  }
};

const { listen } = Server.prototype;
Server.prototype.listen = function (port, ...rest) {
  if (port !== 8080) throw new Error(`an example listens on ${port}: 8080 is what they all use`);
  const told = rest.filter((it) => typeof it === "function");
  return listen.call(this, 0, "127.0.0.1", ...told);
};

globalThis.freshToken = async () => "good-ann";
globalThis.ticket = async () => "t1";
globalThis.handle = (message) => console.log("handled", message.text);
globalThis.ws = Object.assign(new EventEmitter(), { send: (text) => console.log("sent", text) });
const { connect } = await import("tautline");
globalThis.connectedSocket = () => connect("wss://example.com/");

if (page) {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const become = (state) => () => {
    document.visibilityState = state;
    document.dispatchEvent(new Event("visibilitychange"));
  };
  Object.assign(globalThis, { document, hide: become("hidden"), show: become("visible") });
  document.baseURI = location.href;
}

for (const [kind, isTrouble] of [
  ["log", false],
  ["warn", true],
  ["error", true],
]) {
  console[kind] = (...values) =>
    parentPort.postMessage({ line: values.map(shown).join(" "), isTrouble });
}

if (server) {
  const { emit } = Server.prototype;
  const ready = new Promise((resolve) => {
    Server.prototype.emit = function (name, ...rest) {
      if (name === "listening") resolve(this);
      return emit.call(this, name, ...rest);
    };
  });
  await import(server);
  listening.push(`ws://127.0.0.1:${(await ready).address().port}`);
  peer = undefined;
}
if (client) await import(client);
parentPort.postMessage({ done: true });

function shown(value) {
  if (value instanceof Error) return value.message;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
}
