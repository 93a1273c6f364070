// The other side of what is measured: who publishes to the page, and who hears it.
import { createRequire } from "node:module";
import { connect } from "node:net";
import { at } from "../../scripts/lib/paths.mjs";

const peers = createRequire(at("tests", "protocols", "package.json"));
const PAYLOAD = "x".repeat(64);

/** Mosquitto, and MQTT without WebSocket. */
export class MqttSide {
  constructor(broker) {
    this.broker = broker;
    this.url = broker.url;
    this.mqtt = peers("mqtt");
  }

  restart = () => this.broker.restart();

  /** Publishes `count` messages at QoS 0 as fast as the broker takes them. */
  async flood(topic, count) {
    const name = Buffer.from(topic);
    const body = Buffer.concat([Buffer.from([0, name.length]), name, Buffer.from(PAYLOAD)]);
    const publish = Buffer.concat([Buffer.from([0x30, body.length]), body]);
    const hello = Buffer.from([0x10, 13, 0, 4, ...Buffer.from("MQTT"), 4, 2, 0, 0, 0, 1, 0x66]);
    const socket = connect(this.broker.socket);
    await answered(socket, hello);
    socket.end(Buffer.concat([...Array(count).fill(publish), Buffer.from([0xe0, 0])]));
    socket.resume();
  }

  /** A client that hears numbers and publishes them, past every break of the page's. */
  async watch(topic) {
    const client = await this.mqtt.connectAsync(this.url, {
      protocolVersion: 5,
      reconnectPeriod: 20,
    });
    client.on("error", () => {});
    const numbers = [];
    client.on("message", (_, payload) => numbers.push(Number(payload)));
    await client.subscribeAsync(topic, { qos: 2 });
    return {
      numbers,
      publish: (to, text, qos) => client.publishAsync(to, text, { qos }),
      close: () => client.endAsync(true),
    };
  }
}

/** RabbitMQ, and STOMP without WebSocket. */
export class StompSide {
  constructor(broker) {
    this.broker = broker;
    this.url = broker.stompUrl;
    this.Client = peers("@stomp/stompjs").Client;
    this.WebSocket = peers("ws");
  }

  restart = () => this.broker.restart();

  async flood(topic, count) {
    const hello = "CONNECT\naccept-version:1.2\nhost:/\nlogin:guest\npasscode:guest\n\n\0";
    const send = `SEND\ndestination:${topic}\n\n${PAYLOAD}\0\n`;
    const socket = connect(this.broker.stompPort, "127.0.0.1");
    await answered(socket, hello);
    socket.write(send.repeat(count));
    socket.end("DISCONNECT\n\n\0");
    socket.resume();
  }

  async watch(topic) {
    const numbers = [];
    const client = new this.Client({
      webSocketFactory: () => new this.WebSocket(this.url, ["v12.stomp"]),
      connectHeaders: { login: "guest", passcode: "guest" },
      reconnectDelay: 20,
    });
    await new Promise((resolve) => {
      client.onConnect = () => {
        client.subscribe(topic, ({ body }) => numbers.push(Number(body)));
        resolve();
      };
      client.activate();
    });
    return {
      numbers,
      publish: async (destination, body) => client.publish({ destination, body }),
      close: () => client.deactivate({ force: true }),
    };
  }
}

function answered(socket, hello) {
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once("data", resolve);
    socket.write(hello);
  });
}
