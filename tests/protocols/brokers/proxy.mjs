// A TCP proxy between client and broker that breaks connections: at once, after so many bytes, by going silent, by
// being slow. "up" is towards the broker, "down" towards the client.
import { connect, createServer } from "node:net";

export class TcpProxy {
  #server;
  #port;
  #target;
  #links = new Set();
  #fault = {};
  #refusing = false;
  /** Connections that were accepted so far. */
  accepted = 0;

  /** Stands before the port of `target`, a ws: URL. */
  static async start(target) {
    const proxy = new TcpProxy();
    proxy.#target = new URL(target);
    proxy.#server = createServer((socket) => proxy.#accept(socket));
    await new Promise((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    proxy.#port = proxy.#server.address().port;
    return proxy;
  }

  /** The URL of the target, through the proxy. */
  get url() {
    const url = new URL(this.#target);
    url.port = String(this.#port);
    return url.href;
  }

  /** Living connections. */
  get open() {
    return this.#links.size;
  }

  #accept(client) {
    if (this.#refusing) return void client.resetAndDestroy();
    this.accepted += 1;
    const broker = connect(Number(this.#target.port), "127.0.0.1");
    const link = { up: client, down: broker, bytes: { up: 0, down: 0 } };
    this.#links.add(link);
    for (const [from, to, way] of [
      [client, broker, "up"],
      [broker, client, "down"],
    ]) {
      from.setNoDelay(true);
      from.on("error", () => {}); // "close" follows
      from.on("close", () => this.#end(link, to));
      from.on("end", () => to.end());
      from.on("data", (chunk) => this.#pass(link, from, to, way, chunk));
      if (this.#fault.stalled) from.pause();
    }
  }

  #end(link, other) {
    this.#links.delete(link);
    other.destroy();
  }

  #pass(link, from, to, way, chunk) {
    const { cut, slow } = this.#fault;
    if (cut && cut.way === way && cut.left <= chunk.length) {
      const { left, resolve } = cut;
      this.#fault.cut = undefined;
      to.write(chunk.subarray(0, left), () => {
        this.#reset(link);
        resolve();
      });
      from.pause();
      return;
    }
    if (cut && cut.way === way) cut.left -= chunk.length;
    const took = to.write(chunk);
    if (slow?.way === way) return this.#rest(from, (chunk.length / slow.rate) * 1000);
    if (took) return;
    from.pause();
    to.once("drain", () => this.#fault.stalled || from.resume());
  }

  /** The time that `ms` worth of bytes takes at the slow rate. */
  #rest(from, ms) {
    from.pause();
    setTimeout(() => this.#fault.stalled || from.resume(), ms).unref();
  }

  #reset(link) {
    link.up.resetAndDestroy();
    link.down.resetAndDestroy();
    this.#links.delete(link);
  }

  /** Resets all connections now; returns how many. */
  cut() {
    const links = [...this.#links];
    for (const link of links) this.#reset(link);
    return links.length;
  }

  /** Resets the connection that carries the next `bytes` bytes to their end; resolves when it has. */
  cutAfter(bytes, way) {
    return new Promise((resolve) => {
      this.#fault.cut = { left: bytes, way, resolve };
    });
  }

  /** Nothing passes any more, and nobody is told: as behind a dead router. */
  stall() {
    this.#fault.stalled = true;
    for (const { up, down } of this.#links) {
      up.pause();
      down.pause();
    }
  }

  /** Everything passes again, what was held first. */
  resume() {
    this.#fault.stalled = false;
    for (const { up, down } of this.#links) {
      up.resume();
      down.resume();
    }
  }

  /** So many bytes a second pass in one direction, on each connection; undefined ends it. */
  slow(rate, way = "down") {
    this.#fault.slow = rate && { rate, way };
  }

  /** From now on new connections are reset (true), or let through (false). */
  refuse(refusing = true) {
    this.#refusing = refusing;
  }

  async stop() {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
