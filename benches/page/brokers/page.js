// What the page of a contender does, in the order that benches/brokers.mjs says.

const OPEN_LIMIT = 60_000;

globalThis.bench = {
  told: [],
  opens: 0,

  /** ms from nothing loaded to the first message, its own, received. */
  async first(script, url, topic) {
    const start = performance.now();
    await this.load(script, url);
    await this.client.subscribe(topic, 0);
    const message = this.next(1);
    await this.client.publish(topic, "first", 0);
    await message;
    return performance.now() - start;
  },

  /** Connects. */
  async load(script, url) {
    const { open } = await import(script);
    await new Promise((resolve, reject) => {
      setTimeout(() => reject(new Error("no connection within a minute")), OPEN_LIMIT);
      this.client = open(url, {
        told: (_, text) => this.hear(text),
        opened: () => {
          this.opens += 1;
          resolve();
        },
      });
    });
  },

  /** Subscribes, and waits until a message of its own has come back: STOMP does not acknowledge it otherwise. */
  async subscribe(topic, qos) {
    await this.client.subscribe(topic, qos);
    const echo = this.next(1);
    await this.client.publish(topic, "0", 0);
    await echo;
  },

  hear(text) {
    this.received += 1;
    if (this.keeps) this.told.push(text);
    if (this.received === this.awaited) this.reached();
    if (this.received === 1) this.started = performance.now();
  },

  /** Waits until `count` messages have come from now on. */
  next(count, { keeps = false } = {}) {
    Object.assign(this, { received: 0, awaited: count, keeps, told: [] });
    return new Promise((resolve) => {
      this.reached = () => resolve(performance.now() - this.started);
    });
  },

  /** ms that it takes to publish `count` messages at `qos` and have them acknowledged, `window` at a time at most. */
  async publish(topic, count, qos, window) {
    const text = "x".repeat(64);
    const start = performance.now();
    const running = [];
    for (let number = 0; number < count; number++) {
      running.push(this.client.publish(topic, text, qos));
      // They are acknowledged in their order.
      if (running.length >= window) await running.shift();
    }
    await Promise.all(running);
    return performance.now() - start;
  },

  /** Publishes numbers from 0, one every `every` ms, for `time` ms; returns how many it was given, and how many it threw back. */
  async drip(topic, qos, every, time) {
    let given = 0;
    let refused = 0;
    const running = [];
    const until = performance.now() + time;
    while (performance.now() < until) {
      const text = String(given++);
      const one = (async () => this.client.publish(topic, text, qos))();
      running.push(one.catch(() => (refused += 1)));
      await new Promise((resolve) => setTimeout(resolve, every));
    }
    const all = Promise.allSettled(running);
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, 15_000))]);
    return { given, refused };
  },
};
