import { check } from "../check.js";
import { asyncDispose } from "../connection.js";
import { OptionError, type TautlineError } from "../errors.js";
import { iterate } from "../iterate.js";
import type { MessageIterator, MessagesOptions, WaitOptions } from "../options.js";
import { MESSAGES } from "../settings.js";
import { now } from "../transport/clock.js";
import { wait } from "../wait.js";
import type { PayloadCodec } from "./codec.js";
import type { MqttCore } from "./core.js";
import { accepted, MqttError } from "./error.js";
import type { MqttExports } from "./exports.js";
import { type Lengths, write } from "./memory.js";
import type { MqttMessage } from "./message.js";
import type { Properties, QoS, SubscribeOptions, SubscribeResult } from "./options.js";
import { userProperties } from "./properties.js";
import { SUBSCRIBE } from "./settings.js";

type Listener<In> = (message: MqttMessage<In>) => void;

/** One who has subscribed. */
export interface Member {
  readonly codec: PayloadCodec<never> | undefined;
  readonly listeners: Set<Listener<never>>;
  answered(reason: number, properties: Properties): void;
  ended(error: TautlineError | undefined): void;
  /** Subscribes with a new engine. */
  subscribe(): void;
}

/** Those who have subscribed to the same filter, which is one subscription for the broker. */
export interface Route {
  readonly members: Set<Member>;
}

const RETAIN_HANDLING = ["send", "send-if-new", "do-not-send"];

/**
 * A subscription, which is restored after breaks. Its messages go to listeners and iterators, in their order, each to all of
 * them. Made by {@link MqttClient.subscribe}.
 *
 * @example
 * for await (const { topic, payload } of client.subscribe("sensors/+/state", { codec: json() })) show(topic, payload);
 */
export class Subscription<In = unknown> {
  /** The topic filter. */
  readonly filter: string;
  /**
   * Resolves when the broker has granted it, with the quality of service; rejects with {@link MqttError} when it refuses. A
   * rejection that nobody looks at is not reported as unhandled.
   */
  readonly granted: Promise<SubscribeResult>;
  readonly #core: MqttCore;
  readonly #options: SubscribeOptions<In>;
  readonly #listeners = new Set<Listener<In>>();
  readonly #enders = new Set<() => void>();
  #number = 0;
  #flags = 0;
  #isOver = false;
  #member!: Member;

  /** @internal */
  constructor(
    core: MqttCore,
    filter: string,
    options: SubscribeOptions<In>,
    listener: Listener<In> | undefined,
  ) {
    check(options, SUBSCRIBE, "options");
    const { qos = 0, noLocal, retainAsPublished, retainHandling = "send", signal } = options;
    this.filter = filter;
    this.#core = core;
    this.#options = options;
    signal?.throwIfAborted();
    if (listener) this.listen(listener);
    if (!core.link) throw core.closure();
    let settle!: (result: SubscribeResult) => void;
    let refuse!: (error: unknown) => void;
    this.granted = new Promise((resolve, reject) => {
      settle = resolve;
      refuse = reject;
    });
    this.granted.catch(() => {});
    const flags =
      qos |
      (noLocal ? 4 : 0) |
      (retainAsPublished ? 8 : 0) |
      (RETAIN_HANDLING.indexOf(retainHandling) << 4);
    this.#member = {
      codec: options.codec,
      listeners: this.#listeners as Set<Listener<never>>,
      answered: (reason, properties) => {
        const { reasonString, userProperties } = properties;
        if (reason < 0x80)
          settle({ qos: reason as QoS, reasonCode: reason, reasonString, userProperties });
        else this.#end(new MqttError(reason, reasonString));
      },
      ended: (error) => this.#end(error),
      subscribe: () => this.#subscribe(),
    };
    this.#refuse = refuse;
    this.#flags = flags;
    this.#subscribe();
    if (signal) {
      const leave = () => void this.unsubscribe();
      signal.addEventListener("abort", leave);
      this.#enders.add(() => signal.removeEventListener("abort", leave));
    }
  }

  #refuse: (error: unknown) => void = () => {};

  #subscribe(): void {
    const core = this.#core;
    if (core.loading) {
      core.early.add(this.#member);
      return;
    }
    core.link?.engine.call((session, id) => {
      const exports = session as MqttExports;
      const properties = userProperties(this.#options.userProperties);
      const [f, q] = write(exports, id, `${this.filter}`, properties) as Lengths;
      this.#number = accepted(exports.subscribe(id, now(), f, q, this.#flags));
      // Before anything is carried out: the answer may be there already.
      const route = core.routes.get(this.#number) ?? { members: new Set() };
      core.routes.set(this.#number, route);
      route.members.add(this.#member);
    });
  }

  /** Calls `listener` with each message; returns the function that ends it. */
  listen(listener: (message: MqttMessage<In>) => void): () => void {
    if (typeof listener !== "function") throw new OptionError("listener", listener, "a function");
    // Twice the same function is two listeners.
    const own: Listener<In> = (message) => listener(message);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  /** Iterates over the messages from now on; ends with the subscription, or when the client is closed. */
  [Symbol.asyncIterator](): MessageIterator<MqttMessage<In>> {
    return this.messages();
  }

  /**
   * The same with a bound and a policy of its own for a slow consumer, see `messages` of a plain socket.
   *
   * @throws {TautlineError} `overrun`, in the place of what is missing.
   */
  messages(options: MessagesOptions<MqttMessage<In>> = {}): MessageIterator<MqttMessage<In>> {
    check(options, MESSAGES, "options");
    const core = this.#core;
    const { highWaterMark, overflow } = this.#options;
    const key = this.#options.key as MessagesOptions<MqttMessage<In>>["key"];
    const defaults = { highWaterMark, overflow, key };
    const given = Object.entries({ ...defaults, ...options }).filter(([, it]) => it !== undefined);
    return iterate<MqttMessage<In>>(
      {
        settings: {},
        subscribe: (listener) => this.listen(listener),
        once: (names, done) => {
          const end = () => {
            cancel();
            this.#enders.delete(end);
            done();
          };
          const cancel = core.once(names, end);
          this.#enders.add(end);
          if (this.#isOver) end();
          return () => {
            cancel();
            this.#enders.delete(end);
          };
        },
        hold: (who) => core.hold(who),
        release: (who) => core.release(who),
      },
      Object.fromEntries(given),
    );
  }

  /**
   * Ends it: listeners and iterators get nothing more. Resolves when the broker has answered; where others have subscribed to
   * the same filter, at once.
   *
   * @throws {TautlineError} `timeout`; the signal's reason.
   */
  unsubscribe(options: WaitOptions = {}): Promise<void> {
    const core = this.#core;
    const route = core.routes.get(this.#number);
    const isLast = route?.members.has(this.#member) && route.members.size === 1;
    if (!isLast || !core.link) {
      this.#end(undefined);
      return Promise.resolve();
    }
    this.#end(undefined, true);
    return wait(options, (resolve) => {
      core.leaving.set(this.#number, resolve);
      const cancel = core.once(["closed"], () => resolve());
      core.link?.engine.call((session, id) => {
        if (!(session as MqttExports).unsubscribe(id, now(), this.#number)) resolve();
      });
      return cancel;
    });
  }

  #end(error: TautlineError | undefined, isLeaving = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#core.early.delete(this.#member);
    const { routes } = this.#core;
    const route = routes.get(this.#number);
    route?.members.delete(this.#member);
    if (!route?.members.size && !isLeaving) routes.delete(this.#number);
    this.#listeners.clear();
    for (const end of [...this.#enders]) end();
    this.#refuse(error ?? this.#core.closure());
  }

  /** Unsubscribes at the end of `await using`. */
  [asyncDispose](): Promise<void> {
    return this.unsubscribe();
  }
}
