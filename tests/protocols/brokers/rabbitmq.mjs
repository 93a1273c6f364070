// RabbitMQ with web_stomp and web_mqtt on loopback, as a node of its own that knows no other. A start takes 10 to 20 s:
// the suites of one run share it, see shared.mjs.
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { broker, epmd } from "../../../scripts/lib/brokers.mjs";
import { folder, freePorts, Process } from "./process.mjs";

const START_LIMIT = 120_000;
const PORTS = ["epmd", "dist", "amqp", "stomp", "mqtt", "webStomp", "webMqtt"];

export class RabbitMq {
  #folder;
  #ports;
  #epmd;
  #process;
  #name = `tautline-${randomBytes(4).toString("hex")}@localhost`;

  static async start() {
    const it = new RabbitMq();
    it.#folder = await folder("rabbitmq");
    try {
      const ports = await freePorts(PORTS.length);
      it.#ports = Object.fromEntries(PORTS.map((name, index) => [name, ports[index]]));
      await it.#configure();
      await it.#startEpmd();
      await it.#start();
    } catch (error) {
      await it.stop();
      throw error;
    }
    return it;
  }

  /** STOMP over WebSocket. The user is guest, with that password. */
  get stompUrl() {
    return `ws://127.0.0.1:${this.#ports.webStomp}/ws`;
  }

  /** MQTT 3.1.1 over WebSocket. The user is guest, with that password; without one it is guest, too. */
  get mqttUrl() {
    return `ws://127.0.0.1:${this.#ports.webMqtt}/ws`;
  }

  /** The port that speaks STOMP without WebSocket. */
  get stompPort() {
    return this.#ports.stomp;
  }

  get log() {
    return this.#process.log;
  }

  #file(name) {
    return join(this.#folder.path, name);
  }

  async #configure() {
    await mkdir(this.#file("home"));
    const { amqp, stomp, mqtt, webStomp, webMqtt } = this.#ports;
    const lines = [
      `listeners.tcp.1 = 127.0.0.1:${amqp}`,
      `stomp.listeners.tcp.1 = 127.0.0.1:${stomp}`,
      `mqtt.listeners.tcp.1 = 127.0.0.1:${mqtt}`,
      "web_stomp.tcp.ip = 127.0.0.1",
      `web_stomp.tcp.port = ${webStomp}`,
      "web_mqtt.tcp.ip = 127.0.0.1",
      `web_mqtt.tcp.port = ${webMqtt}`,
      // Text frames could not carry bytes that are no UTF-8.
      "web_stomp.ws_frame = binary",
      "log.console = true",
      "log.console.level = info",
      "log.file = false",
    ];
    await writeFile(this.#file("rabbitmq.conf"), `${lines.join("\n")}\n`);
    await writeFile(this.#file("plugins"), "[rabbitmq_web_stomp,rabbitmq_web_mqtt].\n");
    await writeFile(this.#file("rabbitmq-env.conf"), "");
  }

  #env() {
    const own = {
      HOME: this.#file("home"), // the cookie of the node lies there
      ERL_EPMD_PORT: String(this.#ports.epmd),
      ERL_EPMD_ADDRESS: "127.0.0.1",
      RABBITMQ_NODENAME: this.#name,
      RABBITMQ_CONF_ENV_FILE: this.#file("rabbitmq-env.conf"),
      RABBITMQ_CONFIG_FILE: this.#file("rabbitmq"),
      RABBITMQ_ENABLED_PLUGINS_FILE: this.#file("plugins"),
      RABBITMQ_MNESIA_BASE: this.#file("data"),
      RABBITMQ_LOG_BASE: this.#file("log"),
      RABBITMQ_PID_FILE: this.#file("pid"),
      RABBITMQ_DIST_PORT: String(this.#ports.dist),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:
        "-kernel inet_dist_use_interface {127,0,0,1} -start_epmd false +sbwt none +sbwtdcpu none +sbwtdio none",
    };
    return { ...broker("rabbitmq-server").env, ...own };
  }

  /** In the foreground and ours: left to itself, Erlang starts one that outlives everything. */
  async #startEpmd() {
    const args = ["-d", "-port", String(this.#ports.epmd), "-address", "127.0.0.1"];
    this.#epmd = new Process("epmd", epmd(), args, { env: this.#env() });
    await this.#epmd.said(/epmd running/, 20_000);
  }

  async #start() {
    const { path } = broker("rabbitmq-server");
    const options = { cwd: this.#folder.path, env: this.#env() };
    this.#process = new Process("rabbitmq", path, [], options);
    await this.#process.said(/Server startup complete/, START_LIMIT);
  }

  /** Ends it cleanly and starts it again, with the same ports and data. */
  async restart() {
    await this.#process.end("SIGTERM", 30_000);
    await this.#start();
  }

  async stop() {
    await this.#process?.end("SIGKILL");
    await this.#epmd?.end("SIGKILL");
    await this.#folder.remove();
  }
}
