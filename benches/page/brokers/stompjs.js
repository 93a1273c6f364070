// @stomp/stompjs, as its manual shows it first: subscribe in onConnect, publish with a receipt.
import { Client } from "@stomp/stompjs";

export function open(url, { told, opened }) {
  const topics = [];
  let receipts = 0;
  const listen = (topic) => client.subscribe(topic, ({ body }) => told(topic, body));
  const client = new Client({
    brokerURL: url,
    connectHeaders: { login: "guest", passcode: "guest" },
    onConnect: () => {
      topics.forEach(listen);
      opened();
    },
  });
  client.activate();
  return {
    subscribe(topic) {
      topics.push(topic);
      listen(topic);
    },
    publish(destination, body, qos) {
      if (qos === 0) return client.publish({ destination, body });
      return new Promise((resolve, reject) => {
        const receipt = `r-${++receipts}`;
        client.watchForReceipt(receipt, resolve);
        try {
          client.publish({ destination, body, headers: { receipt } });
        } catch (error) {
          reject(error); // it throws while there is no connection
        }
      });
    },
    close: () => client.deactivate({ force: true }),
  };
}
