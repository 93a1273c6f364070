// Starts the project's own server as a child process and talks to its control interface.
//
// Each test starts its own: a start takes milliseconds, and a fresh port keeps one test's failed
// dials from slowing another's (both browsers hold back dials to an address that failed before).
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { HOST_NAME } from "./browsers.mjs";
import { pages, serverBinary } from "./paths.mjs";
import { within } from "./time.mjs";

const FIRST_LINE = /^listening on (http:\/\/\S+)$/;

/** With `records`, a file, what the sinks and requests recorded outlives a restart(). */
export async function startServer({ root = pages, mounts = {}, records } = {}) {
  const args = ["--root", root, "--watch-stdin"];
  for (const [prefix, folder] of Object.entries(mounts))
    args.push("--mount", `${prefix}=${folder}`);
  if (records) args.push("--records", records);
  return new TestServer(args, await startProcess(args, 0));
}

async function startProcess(args, port) {
  const all = ["--port", String(port), ...args];
  const child = spawn(serverBinary(), all, { stdio: ["pipe", "pipe", "pipe"] });
  const errors = [];
  child.stderr.on("data", (chunk) => errors.push(chunk));
  child.stdin.on("error", () => {}); // the server may be gone before us
  const ended = new Promise((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal)),
  );
  const said = () => Buffer.concat(errors).toString().trim();

  const url = await within(30_000, "the test server's first line", firstLine(child, ended, said));
  return { url, child, ended, said };
}

function firstLine(child, ended, said) {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    ended.then((code) => reject(new Error(`the test server ended with ${code}: ${said()}`)));
    createInterface({ input: child.stdout }).once("line", (line) => {
      const match = FIRST_LINE.exec(line);
      if (match) resolve(match[1]);
      else reject(new Error(`the test server's first line is unexpected: ${line}`));
    });
  });
}

class TestServer {
  #args;
  #process;

  constructor(args, process) {
    this.#args = args;
    this.#process = process;
    this.url = process.url;
    /** The same server under a name that is not loopback; the tests' browsers resolve it to here. */
    this.named = this.url.replace("127.0.0.1", HOST_NAME);
  }

  /** The ws: URL of an endpoint, e.g. ws("/ws/echo", { client: "a", fault: "refuse" }). */
  ws(path, query = {}, { named = false } = {}) {
    const base = named ? this.named : this.url;
    const url = new URL(path, base.replace(/^http/, "ws"));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return url.href;
  }

  /** Makes the server misbehave; returns how many connections it touched. */
  async control(action) {
    const body = typeof action === "string" ? { action } : action;
    const answer = await this.#api("/api/control", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client: null, ...body }),
    });
    return answer.affected;
  }

  /** Waits until `client` has exactly `open`, or at least `total` or `closed` connections. */
  wait({ client, open, total, closed, timeout = 20_000 }) {
    const query = { client, open, total, closed, timeout };
    return this.#api(`/api/wait?${parameters(query)}`, {}, timeout + 5_000);
  }

  /** What the server saw: { open, total, connections: [...] }. */
  connections(client) {
    return this.#api(`/api/connections?${parameters({ client })}`);
  }

  /** What /ws/sink recorded under `label`: { received, seqs, unique, doubles, connections }. */
  sink(label) {
    return this.#api(`/api/sink/${encodeURIComponent(label)}`);
  }

  /** What /ws/rpc recorded under `label`: { executed: [{ id, method }], cancelled: [id] }. */
  rpc(label) {
    return this.#api(`/api/rpc/${encodeURIComponent(label)}`);
  }

  /** Ends the process, and starts another one on the same port. */
  async restart() {
    await this.stop();
    this.#process = await startProcess(this.#args, new URL(this.url).port);
  }

  /** Ends the server and waits for it; throws if it does not end cleanly. */
  async stop() {
    const { child, ended, said } = this.#process;
    child.stdin.end();
    try {
      const code = await within(20_000, "the test server to end", ended);
      if (code !== 0) throw new Error(`the test server ended with ${code}: ${said()}`);
    } finally {
      child.kill("SIGKILL");
    }
  }

  async #api(path, init = {}, limit = 20_000) {
    const response = await fetch(this.url + path, { ...init, signal: AbortSignal.timeout(limit) });
    if (!response.ok) {
      const text = await response.text();
      throw new Error(
        `the test server answered ${path} with ${response.status}: ${text.slice(0, 500)}`,
      );
    }
    return response.json();
  }
}

function parameters(query) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
}
