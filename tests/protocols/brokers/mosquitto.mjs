// Mosquitto with a WebSocket listener on loopback: each test has one of its own, with users, access list and limits as
// it wants them. It starts within milliseconds.
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { broker } from "../../../scripts/lib/brokers.mjs";
import { folder, freePorts, Process } from "./process.mjs";

const START_LIMIT = 20_000;
const ATTEMPTS = 3;

export class Mosquitto {
  #options;
  #folder;
  #process;
  #port;

  /**
   * Starts one. `users`: { name: password } lets nobody else in; `acl`: lines of its access list; `persistent` keeps
   * sessions and messages over a restart; `config`: more lines of its configuration.
   */
  static async start(options = {}) {
    const it = new Mosquitto();
    it.#options = { ...options };
    it.#folder = await folder("mosquitto");
    try {
      await it.#startAnywhere();
    } catch (error) {
      await it.#folder.remove();
      throw error;
    }
    return it;
  }

  /** ws://127.0.0.1:PORT/, the same after a restart. */
  get url() {
    return `ws://127.0.0.1:${this.#port}/`;
  }

  get port() {
    return this.#port;
  }

  /** The path of a socket that speaks MQTT without WebSocket. */
  get socket() {
    return this.#file("socket");
  }

  /** The last lines of its log, for the messages of failed tests. */
  get log() {
    return this.#process.log;
  }

  /** A port that was free is not free for ever: another one, then. */
  async #startAnywhere() {
    for (let attempt = 1; ; attempt++) {
      [this.#port] = await freePorts(1);
      try {
        return await this.#start();
      } catch (error) {
        if (attempt === ATTEMPTS || !/in use/.test(error.message)) throw error;
      }
    }
  }

  async #start() {
    await this.#writeUsers();
    const config = this.#file("mosquitto.conf");
    await writeFile(config, this.#config());
    const { path, env } = broker("mosquitto");
    this.#process = new Process("mosquitto", path, ["-c", config], { env });
    await this.#process.said(/ running$/, START_LIMIT);
  }

  #config() {
    const { users, acl, persistent, config = [] } = this.#options;
    return [
      ...(process.getuid?.() === 0 ? ["user root"] : []),
      "log_dest stderr",
      ...["error", "warning", "notice", "information", "subscribe"].map((it) => `log_type ${it}`),
      // Without a listener of the other kind it does not start one for WebSockets.
      `listener 0 ${this.#file("socket")}`,
      `listener ${this.#port}`,
      "bind_interface lo",
      "socket_domain ipv4",
      "protocol websockets",
      `allow_anonymous ${users === undefined}`,
      ...(users ? [`password_file ${this.#file("users")}`] : []),
      ...(acl ? [`acl_file ${this.#file("acl")}`] : []),
      `persistence ${Boolean(persistent)}`,
      ...(persistent ? [`persistence_location ${this.#folder.path}/`] : []),
      ...config,
      "",
    ].join("\n");
  }

  async #writeUsers() {
    const { users = {}, acl = [] } = this.#options;
    const lines = Object.entries(users).map(([name, password]) => `${name}:${hashed(password)}`);
    const mode = 0o600;
    await writeFile(this.#file("users"), `${lines.join("\n")}\n`, { mode });
    await writeFile(this.#file("acl"), `${acl.join("\n")}\n`, { mode });
  }

  #file(name) {
    return join(this.#folder.path, name);
  }

  /** Changes users or access list of the running broker; links whose credentials are no longer good are ended by it. */
  async change(options) {
    Object.assign(this.#options, options);
    await this.#writeUsers();
    const reloaded = this.#process.said(/Reloading config/, START_LIMIT);
    this.#process.signal("SIGHUP");
    await reloaded;
  }

  /** Ends it as a service manager does: it writes down what it keeps. */
  down() {
    return this.#process.end("SIGTERM");
  }

  /** Ends it without a chance to write anything down. */
  kill() {
    return this.#process.end("SIGKILL");
  }

  /** Starts it again at the same port, with what it has kept. */
  up() {
    return this.#start();
  }

  async restart() {
    await this.down();
    await this.up();
  }

  /** Ends it for good. */
  async stop() {
    await this.#process.end("SIGKILL");
    await this.#folder.remove();
  }
}

/** A password as mosquitto_passwd writes it: PBKDF2 with SHA-512. */
function hashed(password) {
  const iterations = 101;
  const salt = randomBytes(12);
  const hash = pbkdf2Sync(password, salt, iterations, 64, "sha512");
  return `$7$${iterations}$${salt.toString("base64")}$${hash.toString("base64")}`;
}
