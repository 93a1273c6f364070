// In the page: clients under names, what they received and what became of them, so that a test can ask and wait. Which
// client library it is, an adapter says: ./tautline.js or, to see whether a test itself is right, ./mqtt-js.js.

const waiting = new Set();

/** What a test knows of one client. */
export class Record {
  /** Messages: { topic, text, qos, retain, … }. */
  seen = [];
  /** What happened: { what, … }. */
  log = [];

  note(what, more = {}) {
    this.log.push({ what, ...more });
    look();
  }

  receive(message) {
    this.seen.push(message);
    look();
  }

  count(what) {
    return this.log.filter((it) => it.what === what).length;
  }
}

function look() {
  for (const one of waiting) one();
}

/** Resolves when `condition` holds; looked at whenever a client has something new. */
export function until(condition) {
  return new Promise((resolve) => {
    const one = () => {
      const found = condition();
      if (!found) return;
      waiting.delete(one);
      resolve(found);
    };
    waiting.add(one);
    one();
  });
}

/** What a page has: clients by name, over an adapter. */
export function makeKit(adapter) {
  const clients = {};
  const records = {};
  const kit = {
    clients,
    records,
    until,
    /** Makes a client; see the adapters for the options. */
    open(name, url, options = {}) {
      records[name] = new Record();
      clients[name] = adapter.open(url, options, records[name]);
    },
    /** Waits until it is connected, the `nth` time. */
    async opened(name, nth = 1) {
      const record = records[name];
      await until(() => record.count("open") >= nth);
      return record.log.filter((it) => it.what === "open")[nth - 1];
    },
    /** Waits until its log has so many entries of a kind, and returns the last of them. */
    async happened(name, what, count = 1) {
      const record = records[name];
      await until(() => record.count(what) >= count);
      return record.log.filter((it) => it.what === what)[count - 1];
    },
    subscribe: (name, filter, options = {}) =>
      adapter.subscribe(clients[name], filter, options, records[name]),
    publish: (name, topic, payload, options = {}) =>
      adapter.publish(clients[name], topic, payload, options),
    close: (name) => adapter.close(clients[name]),
    /** Waits until a client has so many messages, and returns them. */
    async received(name, count) {
      const record = records[name];
      await until(() => record.seen.length >= count);
      return record.seen;
    },
    /** Publishes numbers one after the other, at most `window` of them unacknowledged; resolves when all are. */
    async flood(name, topic, { from = 0, count, qos, window = 200 }) {
      const running = [];
      for (let number = from; number < from + count; number++) {
        running.push(kit.publish(name, topic, String(number), { qos }));
        // They are acknowledged in their order.
        if (running.length >= window) await running.shift();
      }
      await Promise.all(running);
    },
    /** How many of the numbers below `count` are missing, how many came twice, and how many came late. */
    judge(name, topic, count) {
      const numbers = records[name].seen
        .filter((it) => it.topic === topic)
        .map(({ text }) => Number(text));
      const known = new Set(numbers);
      const late = numbers.filter((number, at) => at > 0 && number < numbers[at - 1]).length;
      return { lost: count - known.size, doubled: numbers.length - known.size, late };
    },
  };
  return kit;
}
