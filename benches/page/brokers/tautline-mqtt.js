// tautline/mqtt with its defaults.
import { connectMqtt, text } from "tautline/mqtt/index.js";

export function open(url, { told, opened }) {
  const client = connectMqtt(url, { codecs: { "#": text() } });
  client.addEventListener("open", opened);
  return {
    subscribe: (topic, qos) =>
      client.subscribe(topic, { qos }, (message) => told(message.topic, message.payload)).granted,
    publish: (topic, payload, qos) => client.publish(topic, payload, { qos }),
    close: () => client.close(),
  };
}
