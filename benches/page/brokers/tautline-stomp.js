// tautline/stomp with its defaults.
import { connectStomp } from "tautline/stomp/index.js";

export function open(url, { told, opened }) {
  const client = connectStomp(url, { connectHeaders: { login: "guest", passcode: "guest" } });
  client.addEventListener("open", opened);
  return {
    subscribe: (topic) => client.subscribe(topic, {}, (message) => told(topic, message.text())),
    publish: (topic, body, qos) => client.send(topic, body, qos ? { receipt: true } : {}),
    close: () => client.close(),
  };
}
