// tautline/mqtt behind the kit.
import { connectMqtt, indexedDb } from "/pkg/mqtt/index.js";
import { makeKit } from "./kit.js";

const decoder = new TextDecoder();
const seconds = (value) => (value === undefined ? undefined : value * 1_000);
/** Options that are there. */
const given = (options) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** What the tests call options, in the words of the client. */
function translated(options, record) {
  const { version = 5, id, clean, keep, user, password, store } = options;
  const passwords = [password].flat();
  const credentials = () => {
    record.note("asked");
    // The last one stands for all that follow.
    return { username: user, password: passwords.length > 1 ? passwords.shift() : passwords[0] };
  };
  return given({
    protocolVersion: version,
    clientId: id,
    cleanStart: clean ?? keep === undefined,
    sessionExpiry: version === 5 ? (seconds(keep) ?? 0) : undefined,
    keepAlive: seconds(options.keepAlive),
    will: options.will,
    credentials: user && credentials,
    receiveMaximum: options.receiveMaximum,
    maximumPacketSize: options.maximumPacketSize,
    topicAliasMaximum: options.aliases,
    followRedirects: options.follow,
    auth: options.auth,
    acknowledge: options.acknowledge,
    store: store && indexedDb(`tautline-${id}`),
    // The defaults are for real servers: tests need not wait for them.
    backoff: { initial: 50, max: 200 },
    queue: { maxMessages: 20_000, maxBytes: 16 << 20 },
  });
}

function observe(client, record) {
  client.addEventListener("open", () =>
    record.note("open", { sessionPresent: client.connack?.sessionPresent }),
  );
  client.addEventListener("state", ({ state }) => {
    if (state.cause) record.note("break", { cause: state.cause.kind, code: state.cause.code });
  });
  client.addEventListener("close", ({ why, cause }) => record.note("closed", { why, cause }));
  client.addEventListener("error", ({ error }) =>
    record.note("error", { code: error.code, reason: error.reasonCode, text: error.message }),
  );
  client.addEventListener("drop", ({ error }) => record.note("drop", { code: error.code }));
  client.addEventListener("message", ({ message }) => record.receive(plain(message)));
}

const plain = (message) => {
  const { topic, payload, qos, retain, duplicate, messageExpiry, responseTopic } = message;
  return given({
    ...{ topic, text: decoder.decode(payload), qos, retain, dup: duplicate },
    ...{ expiry: messageExpiry, responseTopic, user: message.userProperties },
  });
};

const HANDLING = ["send", "send-if-new", "do-not-send"];

const mq = makeKit({
  open(url, options, record) {
    const client = connectMqtt(url, translated(options, record));
    observe(client, record);
    return client;
  },
  async subscribe(client, filter, options, record) {
    const { qos, noLocal, retainAsPublished, retainHandling } = options;
    const wanted = given({
      ...{ qos, noLocal, retainAsPublished },
      retainHandling: HANDLING[retainHandling],
    });
    const listener = (message) => record.receive(plain(message));
    const subscription = client.subscribe(filter, wanted, listener);
    return (await subscription.granted).qos;
  },
  publish(client, topic, payload, { expiry, user, ...options }) {
    return client.publish(
      topic,
      payload,
      given({ ...options, messageExpiry: seconds(expiry), userProperties: user }),
    );
  },
  close: (client) => client.close(),
});
Object.assign(mq, {
  /** Answers requests at a topic with what `answer` makes of their text. */
  async answer(name, topic, answer) {
    const client = mq.clients[name];
    const subscription = client.subscribe(topic, { qos: 1 }, (message) => {
      const { responseTopic, correlationData, payload } = message;
      const text = answer(decoder.decode(payload));
      if (text !== undefined) client.publish(responseTopic, text, { qos: 1, correlationData });
    });
    await subscription.granted;
  },
  async request(name, topic, text, options) {
    const { payload } = await mq.clients[name].request(topic, text, options);
    return decoder.decode(payload);
  },
});
globalThis.mq = mq;
