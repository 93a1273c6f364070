// A WebSocket proxy that understands where MQTT packets begin: it notes them, and breaks a connection at one of them.
import { WebSocket, WebSocketServer } from "ws";
import { within } from "../../e2e/harness/time.mjs";

const TYPES = [
  ...["", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp", "subscribe"],
  ...["suback", "unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect", "auth"],
];

export class PacketProxy {
  #server;
  #target;
  #links = new Set();
  #rules = [];
  #refusing = false;
  /** What passed or was cut, oldest first: { link, way, type, flags, size }. */
  packets = [];
  #watching = [];
  #count = 0;

  static async start(target) {
    const proxy = new PacketProxy();
    proxy.#target = target;
    const handleProtocols = (offered) => [...offered][0];
    const verifyClient = (_, answer) => answer(!proxy.#refusing, 503);
    const options = { host: "127.0.0.1", port: 0, handleProtocols, verifyClient };
    proxy.#server = new WebSocketServer(options);
    proxy.#server.on("connection", (client) => proxy.#accept(client));
    await new Promise((resolve, reject) => {
      proxy.#server.once("listening", resolve);
      proxy.#server.once("error", reject);
    });
    return proxy;
  }

  get url() {
    const { pathname } = new URL(this.#target);
    return `ws://127.0.0.1:${this.#server.address().port}${pathname}`;
  }

  #accept(client) {
    const broker = new WebSocket(this.#target, client.protocol ? [client.protocol] : [], {
      perMessageDeflate: false,
    });
    const link = { number: ++this.#count, client, broker, early: [], cut: false };
    this.#links.add(link);
    this.#carry(link, "up", client, (bytes, then) => {
      if (broker.readyState === WebSocket.CONNECTING) link.early.push([bytes, then]);
      else if (broker.readyState === WebSocket.OPEN) broker.send(bytes, then);
    });
    broker.on("open", () => {
      for (const [bytes, then] of link.early) broker.send(bytes, then);
    });
    this.#carry(link, "down", broker, (bytes, then) => client.send(bytes, then));
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ]) {
      socket.on("error", () => {}); // "close" follows
      socket.on("close", (code, reason) => {
        this.#links.delete(link);
        if (link.cut) return;
        if (code === 1005) other.close();
        else if (code === 1006 || other.readyState === WebSocket.CONNECTING) other.terminate();
        else other.close(code, reason);
      });
    }
  }

  #carry(link, way, from, send) {
    let rest = Buffer.alloc(0);
    from.on("message", (data) => {
      rest = rest.length === 0 ? data : Buffer.concat([rest, data]);
      for (;;) {
        const size = packetSize(rest);
        if (size === undefined || link.cut) return;
        const bytes = rest.subarray(0, size);
        rest = rest.subarray(size);
        this.#packet(link, way, bytes, send);
      }
    });
  }

  #packet(link, way, bytes, send) {
    const packet = { link: link.number, way, type: TYPES[bytes[0] >> 4], flags: bytes[0] & 15 };
    packet.size = bytes.length;
    this.packets.push(packet);
    const rule = this.#rules.find((it) => it.way === way && it.type === packet.type);
    if (!rule || --rule.nth > 0) send(bytes, () => {});
    else this.#break(link, rule, bytes, send);
    for (const watching of [...this.#watching]) watching(packet);
  }

  #break(link, rule, bytes, send) {
    this.#rules.splice(this.#rules.indexOf(rule), 1);
    link.cut = true;
    if (rule.when === "before") {
      this.#end(link);
      return rule.resolve();
    }
    // What has passed must arrive: an end of the stream on that side, not a reset, which may overtake it.
    const last = rule.way === "up" ? link.broker : link.client;
    const first = rule.way === "up" ? link.client : link.broker;
    send(bytes, () => {
      first.terminate();
      last.close();
      setTimeout(() => last.terminate(), 1_000).unref();
      rule.resolve();
    });
  }

  #end({ client, broker }) {
    client.terminate();
    broker.terminate();
  }

  /**
   * Breaks the connection at the `nth` packet of that type from now on, before it has passed or right after; resolves
   * when it has.
   */
  cutAt(type, way, { when = "before", nth = 1 } = {}) {
    if (!TYPES.includes(type)) throw new Error(`no packet is called ${type}`);
    return new Promise((resolve) => this.#rules.push({ type, way, when, nth, resolve }));
  }

  /** Breaks all connections now. */
  cut() {
    for (const link of [...this.#links]) {
      link.cut = true;
      this.#end(link);
    }
  }

  /** From now on new connections are answered with 503 (true), or let through (false). */
  refuse(refusing = true) {
    this.#refusing = refusing;
  }

  /** Waits until so many packets of a type have passed in one direction, those before the call among them. */
  passed(type, way, count = 1, limit = 30_000) {
    const enough = () => this.count(type, way) >= count;
    const seen = new Promise((resolve) => {
      if (enough()) return resolve();
      const watching = () => {
        if (!enough()) return;
        this.#watching.splice(this.#watching.indexOf(watching), 1);
        resolve();
      };
      this.#watching.push(watching);
    });
    return within(limit, `${count} ${type} ${way} (${this.count(type, way)} so far)`, seen);
  }

  count(type, way) {
    return this.packets.filter((it) => it.type === type && it.way === way).length;
  }

  async stop() {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The size of the packet at the start of `bytes`, if it is whole. */
function packetSize(bytes) {
  let remaining = 0;
  for (let index = 1; index < 5; index++) {
    if (index >= bytes.length) return undefined;
    remaining += (bytes[index] & 127) * 128 ** (index - 1);
    if (bytes[index] < 128) {
      const size = index + 1 + remaining;
      return size <= bytes.length ? size : undefined;
    }
  }
  throw new Error("no packet is that large");
}
