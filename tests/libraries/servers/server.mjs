// Starts, kills and restarts a library's server. A kill is one: SIGKILL, and what the process knew is gone.
import { fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";
import { within } from "../../e2e/harness/time.mjs";

const LIMIT = 20_000;
const PROGRAM = fileURLToPath(new URL("run.mjs", import.meta.url));

/** Starts the server `name` on a port that is free. */
export async function startServer(name) {
  const server = new LibraryServer(name);
  await server.start();
  return server;
}

let count = 0;

/**
 * An address of its own for each server, where all of 127.* is this machine: Firefox dials an address only once at a time,
 * and one library's wait for a server that is gone would hold up another's.
 */
function loopback() {
  count += 1;
  return process.platform === "linux" ? `127.0.1.${count}` : "127.0.0.1";
}

class LibraryServer {
  #child;
  #pid;
  #ended;
  #news = new EventEmitter();

  constructor(name) {
    this.name = name;
    this.host = loopback();
    this.port = 0;
    this.open = 0;
  }

  get url() {
    return `ws://${this.host}:${this.port}`;
  }

  /** Starts it, after a kill on the same port. */
  async start() {
    const child = fork(PROGRAM, [this.name, this.host, String(this.port)], {
      stdio: ["ignore", 2, 2, "ipc"],
    });
    this.#child = child;
    this.#pid = child.pid;
    this.#ended = once(child, "exit");
    child.on("message", ({ pid = this.#pid, open = this.open, port }) => {
      if (child !== this.#child) return;
      this.#pid = pid;
      this.open = open;
      this.#news.emit("change");
      if (port) this.#news.emit("port", port);
    });
    const failed = this.#ended.then(([code]) => {
      throw new Error(`the ${this.name} server ended with ${code}`);
    });
    failed.catch(() => {});
    const [port] = await within(
      LIMIT,
      `the ${this.name} server to listen`,
      Promise.race([once(this.#news, "port"), failed]),
    );
    this.port = port;
  }

  /** Resolves once it holds exactly `count` connections. */
  async holds(count) {
    const reached = async () => {
      while (this.open !== count) await once(this.#news, "change");
    };
    try {
      await within(LIMIT, `${count} connections at the ${this.name} server`, reached());
    } catch (error) {
      error.message += `: it holds ${this.open}`;
      throw error;
    }
  }

  async kill() {
    process.kill(this.#pid, "SIGKILL");
    await within(LIMIT, `the ${this.name} server to end`, this.#ended);
    this.open = 0;
  }

  /** It falls silent, and its connections stay open: as seen by the client, a link that is dead. */
  freeze() {
    process.kill(this.#pid, "SIGSTOP");
  }

  thaw() {
    process.kill(this.#pid, "SIGCONT");
  }

  /** Ends it, unless it has ended. */
  async stop() {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) await this.kill();
  }
}
