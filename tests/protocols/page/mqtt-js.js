// mqtt.js behind the kit, to see whether a test is right.
import mqtt from "/peers/mqtt/mqtt.esm.js";
import { makeKit } from "./kit.js";

const decoder = new TextDecoder();

globalThis.mq = makeKit({
  open(url, options, record) {
    const { version = 5, id, clean, keep, will, user, password, keepAlive = 60 } = options;
    const client = mqtt.connect(url, {
      protocolVersion: version,
      clientId: id,
      clean: clean ?? keep === undefined,
      username: user,
      password,
      keepalive: keepAlive,
      reconnectPeriod: 50,
      will: will && { qos: 0, retain: false, ...will },
      properties: version === 5 && {
        sessionExpiryInterval: keep,
        receiveMaximum: options.receiveMaximum,
        maximumPacketSize: options.maximumPacketSize,
        topicAliasMaximum: options.aliases,
      },
    });
    client.on("connect", ({ sessionPresent }) => record.note("open", { sessionPresent }));
    client.on("close", () => record.note("break"));
    client.on("error", (error) => record.note("error", { name: error.name, code: error.code }));
    client.on("message", (topic, payload, { qos, retain, dup, properties = {} }) =>
      record.receive({ topic, text: decoder.decode(payload), qos, retain, dup, properties }),
    );
    return client;
  },
  async subscribe(client, filter, { qos = 0, noLocal, retainAsPublished, retainHandling, id }) {
    const options = { qos, nl: noLocal, rap: retainAsPublished, rh: retainHandling };
    if (id) options.properties = { subscriptionIdentifier: id };
    const [granted] = await client.subscribeAsync(filter, options);
    return granted?.qos; // it does not ask again for what it has
  },
  async publish(client, topic, payload, { qos = 0, retain = false, ...properties }) {
    const { responseTopic, correlationData, userProperties } = properties;
    await client.publishAsync(topic, payload, {
      qos,
      retain,
      properties: {
        messageExpiryInterval: properties.expiry,
        ...(responseTopic && { responseTopic, correlationData, userProperties }),
      },
    });
  },
  close: (client) => client.endAsync(),
});
