// The servers of the tests: each can be killed and started again at its port.
import { createInterface } from "node:readline";
import { JSONRPCClient, JSONRPCServer, JSONRPCServerAndClient } from "json-rpc-2.0";
import { WebSocketServer } from "ws";
import { jsonrpseeBinary } from "../../scripts/lib/paths.mjs";
import { end, start } from "../../scripts/lib/run.mjs";
import { within } from "../e2e/harness/time.mjs";

/** jsonrpsee, in a process of its own. */
export class Jsonrpsee {
  #child;

  static async start() {
    const peer = new Jsonrpsee();
    await peer.restart(0);
    return peer;
  }

  async restart(port = Number(new URL(this.url).port)) {
    this.#child = start(jsonrpseeBinary, [String(port)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdin.on("error", () => {}); // it may be gone before us
    const line = new Promise((resolve, reject) => {
      createInterface({ input: this.#child.stdout }).once("line", resolve);
      this.#child.once("exit", (code) => reject(new Error(`jsonrpsee ended with ${code}`)));
    });
    [, this.url] = /^listening on (\S+)/.exec(await within(10_000, "jsonrpsee", line));
  }

  async kill() {
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    end(this.#child, "SIGKILL");
    await within(10_000, "jsonrpsee to end", gone);
  }
}

/** json-rpc-2.0 over ws, which calls its clients, too. */
export class NodePeer {
  #server;
  /** What each connection has: { peer, ended }, the latest last. */
  connections = [];
  #waiting = [];

  static async start() {
    const peer = new NodePeer();
    await peer.restart(0);
    return peer;
  }

  async restart(port = Number(new URL(this.url).port)) {
    this.#server = new WebSocketServer({ host: "127.0.0.1", port });
    this.#server.on("connection", (socket) => this.#accept(socket));
    await new Promise((resolve) => this.#server.once("listening", resolve));
    this.url = `ws://127.0.0.1:${this.#server.address().port}`;
  }

  #accept(socket) {
    const peer = new JSONRPCServerAndClient(
      new JSONRPCServer(),
      new JSONRPCClient(async (message) => socket.send(JSON.stringify(message))),
    );
    const connection = { peer, socket, told: [] };
    peer.addMethod("add", ([a, b]) => a + b);
    peer.addMethod("login", ({ token }) => {
      if (token !== "good") throw new Error("unknown token");
      return { expires: 60_000 };
    });
    peer.addMethod("log", (params) => connection.told.push(params));
    socket.on("message", (data) => peer.receiveAndSend(JSON.parse(String(data))));
    this.connections.push(connection);
    for (const resolve of this.#waiting.splice(0)) resolve(connection);
  }

  /** The next connection. */
  next() {
    return within(10_000, "a connection", new Promise((resolve) => this.#waiting.push(resolve)));
  }

  async kill() {
    for (const { socket } of this.connections) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
