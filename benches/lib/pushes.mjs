// One stream of small messages, to be had in four ways: WebSocket, server-sent events, short polling, long polling. Browsers
// reach it through a gate that counts what passes, as a cable would see it above TCP.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { connect, createServer as createGate } from "node:net";

const here = createRequire(import.meta.url);
// What puppeteer-core depends on: nothing more to install.
const { WebSocketServer } = createRequire(here.resolve("puppeteer-core"))("ws");

/** Milliseconds of this machine, finer than whole ones. */
export const now = () => performance.timeOrigin + performance.now();

/** Starts server and gate. Gives { url, bytes(), stop }; `every` is the time between messages in ms. */
export async function startPushes({ page, every }) {
  const stream = new Stream(every);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://localhost");
    const since = Number(searchParams.get("since"));
    if (pathname === "/") return answer(response, "text/html", page);
    if (pathname === "/short") return answerJson(response, stream.after(since));
    if (pathname === "/long") return stream.next(since).then((list) => answerJson(response, list));
    if (pathname === "/events") return sendEvents(response, stream);
    response.writeHead(404).end();
  });
  new WebSocketServer({ server }).on("connection", (socket, { url }) => {
    if (url === "/clock") socket.on("message", () => socket.send(String(now())));
    else
      socket.on(
        "close",
        stream.subscribe(({ text }) => socket.send(text)),
      );
  });
  const gate = new Gate(await listen(server));
  const url = `http://127.0.0.1:${await gate.start()}`;
  const stop = async () => {
    stream.stop();
    gate.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url, bytes: () => gate.bytes, stop };
}

/** The messages, and who waits for the next one. */
class Stream {
  #sent = [];
  #listeners = new Set();
  #timer;

  constructor(every) {
    this.#timer = setInterval(() => this.#send(), every);
  }

  #send() {
    const seq = this.#sent.length + 1;
    const message = { seq, text: JSON.stringify({ seq, at: now() }) };
    this.#sent.push(message);
    for (const listener of [...this.#listeners]) listener(message);
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The messages after number `since`; -1 stands for now. */
  after(since) {
    return since < 0 ? this.#sent.slice(-1) : this.#sent.slice(since);
  }

  next(since) {
    const there = this.after(since);
    if (since >= 0 && there.length > 0) return Promise.resolve(there);
    return new Promise((resolve) => {
      const off = this.subscribe((message) => {
        off();
        resolve([message]);
      });
    });
  }

  stop() {
    clearInterval(this.#timer);
  }
}

/** Passes on everything between browser and server, and counts the bytes of both directions. */
class Gate {
  bytes = 0;
  #server;
  #sockets = new Set();

  constructor(port) {
    this.#server = createGate((near) => {
      const far = connect(port, "127.0.0.1");
      for (const [from, to] of [
        [near, far],
        [far, near],
      ]) {
        this.#sockets.add(from);
        from.setNoDelay(true);
        from.on("data", (chunk) => {
          this.bytes += chunk.length;
          to.write(chunk);
        });
        from.on("error", () => to.destroy()).on("close", () => to.destroy());
      }
    });
  }

  start() {
    return listen(this.#server);
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

const listen = (server) =>
  new Promise((resolve, reject) =>
    server.once("error", reject).listen(0, "127.0.0.1", () => resolve(server.address().port)),
  );

// Isolated from other origins, a page's clock ticks in microseconds.
const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

function answer(response, type, text) {
  response.writeHead(200, { ...ISOLATED, "content-type": type, "cache-control": "no-store" });
  response.end(text);
}

function answerJson(response, messages) {
  const text = `[${messages.map(({ text }) => text).join(",")}]`;
  response.writeHead(200, { "content-type": "application/json", "cache-control": "no-store" });
  response.end(text);
}

function sendEvents(response, stream) {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
  response.flushHeaders();
  response.on(
    "close",
    stream.subscribe(({ text }) => response.write(`data: ${text}\n\n`)),
  );
}
