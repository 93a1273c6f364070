// mqtt.js, as its manual shows it first.
import mqtt from "mqtt";

/** `told(topic, text)` hears messages, `opened()` each connection. */
export function open(url, { told, opened }) {
  const decoder = new TextDecoder();
  const client = mqtt.connect(url, {
    protocolVersion: 5,
    clean: false,
    clientId: name(),
    properties: { sessionExpiryInterval: 300 },
  });
  client.on("connect", opened);
  client.on("message", (topic, payload) => told(topic, decoder.decode(payload)));
  client.on("error", () => {});
  return {
    subscribe: (topic, qos) => client.subscribeAsync(topic, { qos }),
    publish: (topic, text, qos) => client.publishAsync(topic, text, { qos }),
    close: () => client.endAsync(true),
  };
}

const name = () => `bench-${Math.random().toString(36).slice(2)}`;
