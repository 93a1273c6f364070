// A broker that says what a test tells it to say, byte for byte if need be: for what no real broker does.
import mqttPacket from "mqtt-packet";
import { WebSocketServer } from "ws";
import { within } from "../../e2e/harness/time.mjs";

export class ScriptedBroker {
  #server;
  #answer;
  #waiting = [];
  /** The connections so far, each with `packets`, what the client said, and `closed`, a promise of { code, reason }. */
  connections = [];

  /** `answer(packet, connection)` is called for each packet of a client; `connection.send(…)` answers. */
  static async start(answer = () => {}) {
    const broker = new ScriptedBroker();
    broker.#answer = answer;
    const handleProtocols = (offered) => offered.has("mqtt") && "mqtt";
    broker.#server = new WebSocketServer({ host: "127.0.0.1", port: 0, handleProtocols });
    broker.#server.on("connection", (socket) => broker.#accept(socket));
    await new Promise((resolve) => broker.#server.once("listening", resolve));
    return broker;
  }

  get url() {
    return `ws://127.0.0.1:${this.#server.address().port}/`;
  }

  #accept(socket) {
    const connection = new Connection(socket);
    let parser = mqttPacket.parser();
    const heard = (packet) => {
      if (packet.cmd === "connect") {
        // What follows is read by the version that CONNECT names.
        connection.version = packet.protocolVersion;
        parser = mqttPacket.parser({ protocolVersion: connection.version });
        parser.on("packet", heard);
      }
      connection.heard(packet);
      this.#answer(packet, connection);
    };
    parser.on("packet", heard);
    socket.on("message", (data) => parser.parse(data));
    this.connections.push(connection);
    for (const resolve of this.#waiting.splice(0)) resolve(connection);
  }

  /** The next connection. */
  next() {
    return within(10_000, "a connection", new Promise((resolve) => this.#waiting.push(resolve)));
  }

  async stop() {
    for (const { socket } of this.connections) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

class Connection {
  #waiting = [];
  packets = [];
  version = 4;

  constructor(socket) {
    this.socket = socket;
    this.closed = new Promise((resolve) =>
      socket.once("close", (code, reason) => resolve({ code, reason: String(reason) })),
    );
    socket.on("error", () => {}); // "close" follows
  }

  heard(packet) {
    this.packets.push(packet);
    for (const waiting of [...this.#waiting]) waiting(packet);
  }

  /** The next packet of that kind, or one that has already come. */
  packet(cmd) {
    const found = this.packets.find((it) => it.cmd === cmd);
    if (found) return Promise.resolve(found);
    const heard = new Promise((resolve) => {
      const waiting = (packet) => {
        if (packet.cmd !== cmd) return;
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        resolve(packet);
      };
      this.#waiting.push(waiting);
    });
    return within(10_000, `a ${cmd} of the client`, heard);
  }

  /** Sends packets in the form of mqtt-packet, or bytes as they are. */
  send(...packets) {
    for (const it of packets)
      this.socket.send(
        it instanceof Uint8Array ? it : mqttPacket.generate(it, { protocolVersion: this.version }),
      );
  }
}
