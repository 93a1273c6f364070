// What the brokers have in common: a process with a folder of its own that says when it is ready, and says why when it
// is not.

import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { end, start } from "../../../scripts/lib/run.mjs";
import { within } from "../../e2e/harness/time.mjs";

const KEPT_LINES = 200;

/** A process that is ended with ours, and whose last lines are kept for the error message. */
export class Process {
  #child;
  #lines = [];
  #waiting = [];
  #name;

  constructor(name, command, args, options = {}) {
    this.#name = name;
    this.#child = start(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) this.#hear(stream);
    this.ended = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve(signal ?? code));
      this.#child.once("error", (error) => resolve(error.message));
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** The last lines of its output, for whoever has to explain a failure. */
  get log() {
    return this.#lines.join("\n");
  }

  #hear(stream) {
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) this.#line(line);
    });
  }

  #line(line) {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    for (const waiting of [...this.#waiting]) if (waiting.pattern.test(line)) waiting.resolve(line);
  }

  /** The next line of its output that matches; fails when it ends before, with what it said. */
  async said(pattern, limit) {
    const waiting = { pattern };
    const line = new Promise((resolve) => {
      waiting.resolve = resolve;
      this.#waiting.push(waiting);
    });
    const ended = this.ended.then((how) => {
      throw new Error(`${this.#name} ended with ${how}:\n${this.log}`);
    });
    ended.catch(() => {}); // it ends at some time in any case
    try {
      return await within(limit, `${this.#name} to say ${pattern}`, Promise.race([line, ended]));
    } catch (error) {
      if (!error.message.includes(this.log)) error.message += `\n${this.log}`;
      throw error;
    } finally {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
    }
  }

  /** Sends a signal to it alone. */
  signal(name) {
    process.kill(this.#child.pid, name);
  }

  /** Ends it and its children, hard when it takes longer than `limit`. */
  async end(signal = "SIGTERM", limit = 10_000) {
    end(this.#child, signal);
    try {
      await within(limit, `${this.#name} to end`, this.ended);
    } catch {
      end(this.#child, "SIGKILL");
      await within(10_000, `${this.#name} to end at all`, this.ended);
    }
  }
}

/** `count` different ports that are free now. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A folder for one broker: { path, remove() }. */
export async function folder(name) {
  const path = await mkdtemp(join(tmpdir(), `tautline-${name}-`));
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  return { path, remove };
}
