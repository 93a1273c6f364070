// Requests and replies by response topic and correlation data (MQTT 5.0, section 4.10).

import { check } from "../check.js";
import { CodecError, DropError } from "../errors.js";
import { scope } from "../scope.js";
import { wait } from "../wait.js";
import type { MqttCore } from "./core.js";
import { bytesOf, textOf } from "./memory.js";
import type { MqttMessage } from "./message.js";
import type { MqttRequestOptions } from "./options.js";
import { publish } from "./publish.js";
import { REQUEST } from "./settings.js";
import { Subscription } from "./subscription.js";

const TIMEOUT_MS = 30_000;

export class Requests {
  readonly #core: MqttCore;
  readonly #waiting = new Map<string, (message: MqttMessage<Uint8Array<ArrayBuffer>>) => void>();
  #subscription: Subscription<Uint8Array<ArrayBuffer>> | undefined;
  #topic = "";
  /** What correlation data begins with, so that a reply to an earlier life of the page is none to us. */
  #name = "";
  #last = 0;

  constructor(core: MqttCore) {
    this.#core = core;
  }

  send(topic: string, payload: unknown, options: MqttRequestOptions): Promise<MqttMessage> {
    const { timeout = TIMEOUT_MS, signal, replyCodec: codec, ...rest } = options;
    return wait<MqttMessage>({ signal }, (resolve, reject) => {
      check(options, REQUEST, "options");
      const topicOfReply = this.#listen();
      const id = `${this.#name}:${++this.#last}`;
      const leave = new AbortController();
      let isSent = false;
      const forget = () => {
        this.#waiting.delete(id);
        scope.clearTimeout(timer as never);
      };
      const timer = scope.setTimeout(() => {
        forget();
        leave.abort();
        reject(new DropError("timeout", isSent));
      }, timeout);
      this.#waiting.set(id, (message) => {
        forget();
        try {
          const given = codec ?? this.#core.codecOf(message.topic);
          resolve(given ? message.with(given.decode(message.payload)) : message);
        } catch (error) {
          reject(new CodecError("decode", error));
        }
      });
      const given = {
        qos: 1 as const,
        ...rest,
        responseTopic: topicOfReply,
        correlationData: bytesOf(id),
        signal: leave.signal,
      };
      publish(this.#core, topic, payload, given).then(
        () => {
          isSent = true;
        },
        (error) => {
          forget();
          reject(error);
        },
      );
      return () => {
        forget();
        leave.abort();
      };
    });
  }

  /** Subscribes to a topic of our own, once; a broker may have told one. */
  #listen(): string {
    const core = this.#core;
    this.#name ||= scope.crypto.getRandomValues(new Uint32Array(2)).join("-");
    if (!this.#subscription) {
      const base = core.connack?.responseInformation ?? "reply/";
      this.#topic = `${base}${base.endsWith("/") ? "" : "/"}${this.#name}`;
      const subscription = new Subscription<Uint8Array<ArrayBuffer>>(
        core,
        this.#topic,
        { qos: 1, codec: { encode: () => "", decode: (payload) => payload } },
        (message) => this.#settle(message),
      );
      this.#subscription = subscription;
      // Refused or ended: the next request tries anew.
      subscription.granted.catch(() => {
        this.#subscription = undefined;
      });
    }
    return this.#topic;
  }

  #settle(message: MqttMessage<Uint8Array<ArrayBuffer>>): void {
    const id = message.correlationData && textOf(message.correlationData);
    message.acknowledge();
    this.#waiting.get(id ?? "")?.(message);
  }
}
