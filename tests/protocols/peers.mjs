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
  #comesBack = false;

  /** `comesBack`: it is started again at once when it ends by itself, as by its method `exit`. */
  static async start({ comesBack = false } = {}) {
    const peer = new Jsonrpsee();
    await peer.restart(0);
    peer.#comesBack = comesBack;
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
    this.#child.once("exit", () => {
      if (this.#comesBack) this.restart().catch((error) => console.error(error));
    });
  }

  async kill() {
    this.#comesBack = false;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    end(this.#child, "SIGKILL");
    await within(10_000, "jsonrpsee to end", gone);
  }
}

/** What a page without a harness at its side needs, to see the other end: tests/web. */
function addRelay(peer, connection) {
  const { socket } = connection;
  peer.addMethod("relay", async ({ method, params }) => {
    try {
      return { result: await peer.request(method, params) };
    } catch ({ code, message, data }) {
      return { error: { code, message, data } };
    }
  });
  peer.addMethod("tell", ({ method, params }) => peer.notify(method, params));
  peer.addMethod("told", () => connection.told);
  peer.addMethod("drop", () => socket.terminate());
  peer.addMethod("never", () => new Promise(() => {}));
  peer.addMethod("$/cancelRequest", ({ id }) => connection.cancelled.push(id));
  peer.addMethod("cancelled", () => connection.cancelled);
  // A subscription that is made when "release" is called.
  peer.addMethod("subscribe_late", () => new Promise((resolve) => (connection.release = resolve)));
  peer.addMethod("release", () => connection.release("late"));
  peer.addMethod("unsubscribe_late", ([id]) => connection.ended.push(id));
  peer.addMethod("ended", () => connection.ended);
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
    const connection = { peer, socket, told: [], cancelled: [], ended: [] };
    peer.addMethod("add", ([a, b]) => a + b);
    peer.addMethod("login", ({ token }) => {
      if (token !== "good") throw new Error("unknown token");
      return { expires: 60_000 };
    });
    peer.addMethod("log", (params) => connection.told.push(params));
    addRelay(peer, connection);
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
