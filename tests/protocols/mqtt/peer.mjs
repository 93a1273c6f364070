// The other of two clients: mqtt.js in Node, which nobody can say agrees with our mistakes.
import mqtt from "mqtt";

/** Runs `work` with a client that has subscribed to `topic` at `qos`; what comes there are numbers. */
export async function withPeer(url, topic, qos, work) {
  const client = await mqtt.connectAsync(url, { protocolVersion: 5, reconnectPeriod: 20 });
  const numbers = [];
  let changed = () => {};
  client.on("error", () => {});
  client.on("message", (_, payload) => {
    numbers.push(Number(payload));
    changed();
  });
  try {
    await client.subscribeAsync(topic, { qos });
    return await work({
      /** Publishes the numbers below `count`, at most 90 of them unacknowledged. */
      async flood(to, count) {
        const running = [];
        for (let number = 0; number < count; number++) {
          running.push(client.publishAsync(to, String(number), { qos }));
          if (running.length >= 90) await running.shift();
        }
        await Promise.all(running);
      },
      /** Resolves when each of the numbers below `count` has come. */
      async received(count) {
        const known = new Set();
        let seen = 0;
        await new Promise((resolve) => {
          changed = () => {
            for (; seen < numbers.length; seen++) known.add(numbers[seen]);
            if (known.size >= count) resolve();
          };
          changed();
        });
      },
      /** As the kit's. */
      judge(count) {
        const known = new Set(numbers);
        const late = numbers.filter((number, at) => at > 0 && number < numbers[at - 1]).length;
        return { lost: count - known.size, doubled: numbers.length - known.size, late };
      },
    });
  } finally {
    await client.endAsync(true);
  }
}
