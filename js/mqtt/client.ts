import { check } from "../check.js";
import { Connection } from "../connection.js";
import { OptionError, type TautlineError } from "../errors.js";
import type { ClosedEvent, FailureEvent, LatencyEvent, OpenEvent, StateEvent } from "../events.js";
import type { Provider, WaitOptions } from "../options.js";
import { scope } from "../scope.js";
import { resolveUrl } from "../url.js";
import { drained, reauthenticate } from "../waiting.js";
import { MqttCore } from "./core.js";
import type { MqttExports } from "./exports.js";
import { keep } from "./keep.js";
import type { MqttMessage } from "./message.js";
import type {
  Connack,
  MqttCloseOptions,
  MqttOptions,
  MqttRequestOptions,
  MqttResult,
  PublishOptions,
  SubscribeOptions,
} from "./options.js";
import { seconds } from "./properties.js";
import { publish } from "./publish.js";
import { Requests } from "./requests.js";
import { FAREWELL, settle } from "./settings.js";
import { Subscription } from "./subscription.js";

/** The broker has accepted the connection, and says what it grants. */
export interface ConnackEvent extends Event, Connack {}

/** A message came that no subscription of this page asked for: the broker has kept one of an earlier life of it. */
export interface MqttMessageEvent extends Event {
  readonly message: MqttMessage;
}

/** A payload did not decode. The message counts as received. */
export interface MqttInvalidEvent extends Event {
  readonly topic: string;
  readonly data: Uint8Array<ArrayBuffer>;
  /** What the codec threw. */
  readonly error: unknown;
}

/** A message was given up, or refused by the broker. */
export interface MqttDropEvent extends Event {
  readonly message: { readonly topic: string; readonly payload: unknown; readonly qos: 0 | 1 | 2 };
  readonly error: Error;
}

/** The events of a client, by type. */
export interface MqttEventMap {
  state: StateEvent;
  open: OpenEvent;
  connack: ConnackEvent;
  message: MqttMessageEvent;
  invalid: MqttInvalidEvent;
  drop: MqttDropEvent;
  latency: LatencyEvent;
  error: FailureEvent;
  close: ClosedEvent;
}

type MqttListener<E> = ((this: MqttClient, event: E) => void) | { handleEvent(event: E): void };

/**
 * A client of MQTT 5.0 or 3.1.1 that comes back. Made by {@link connectMqtt}.
 *
 * Subscriptions are restored, and messages of QoS 1 and 2 go on, after each break. What listeners throw is reported as uncaught
 * and stops nothing.
 */
export class MqttClient extends Connection {
  readonly #core: MqttCore;
  readonly #requests: Requests;
  #opens = false;

  /** Same as {@link connectMqtt}. */
  constructor(url: Provider<string | URL>, options: MqttOptions = {}) {
    const settings = settle(url, options);
    const { store, autoConnect, signal } = settings;
    if (typeof url !== "function") resolveUrl(url);
    // Only now: what a store has kept comes first.
    const core = new MqttCore(url, { ...settings, autoConnect: false });
    super(core);
    this.#core = core;
    this.#requests = new Requests(core);
    if (store) {
      core.loading = keep(core, store).then(() => {
        core.loading = undefined;
        for (const member of core.early) {
          try {
            member.subscribe();
          } catch (error) {
            member.ended(error as TautlineError);
          }
        }
        core.early.clear();
        // What waits to be published goes first into the queue, as it was handed in.
        if (this.#opens) scope.queueMicrotask(() => super.open());
      });
    }
    if (autoConnect !== false && !signal?.aborted) this.open();
  }

  /** Dials, with `autoConnect: false`. Does nothing once that has happened. */
  override open(): void {
    if (this.#core.loading) this.#opens = true;
    else super.open();
  }

  /** The client identifier, the broker's if it has given one; "" before that. */
  get clientId(): string {
    return this.#core.clientId;
  }

  /** What the broker has granted, as of the last connection that it accepted. */
  get connack(): Connack | undefined {
    return this.#core.connack;
  }

  /**
   * Subscribes, now or as soon as there is a connection, and again whenever the broker has lost the session.
   *
   * @param filter A topic filter, with `+` and `#`, or `$share/<name>/<filter>`.
   * @param listener Called with each message; {@link Subscription} is an async iterable, too.
   * @throws {OptionError} An option is unknown or wrong.
   * @throws {MqttError} The filter is not valid, or needs what the broker does not have.
   *
   * @example
   * const lights = client.subscribe("home/+/light", { qos: 1, codec: json() }, ({ topic, payload }) => show(topic, payload));
   * const { qos } = await lights.granted;
   */
  subscribe<In = Uint8Array<ArrayBuffer>>(
    filter: string,
    options: SubscribeOptions<In> = {},
    listener?: (message: MqttMessage<In>) => void,
  ): Subscription<In> {
    return new Subscription(this.#core, filter, options, listener);
  }

  /**
   * Publishes a message; queued, within the bounds of `queue`, where there is no connection. Resolves at QoS 0 when it is
   * handed to the browser, at QoS 1 with PUBACK, at QoS 2 with PUBCOMP, through breaks. A rejection that nobody looks at is
   * not reported as unhandled; it is an event `drop`, too.
   *
   * @throws {MqttError} The broker refuses it, or it cannot be said in MQTT: see `reasonCode`.
   * @throws {DropError} It was given up, for the reason in `code`.
   * @throws {TautlineError} `unconfirmed`: at QoS 2 the broker had it and lost the session before it said what came of it.
   * @throws {CodecError} It could not be encoded.
   * @throws {OptionError} An option is unknown or wrong.
   * @throws The signal's reason when `signal` aborts; what has not left then never will.
   *
   * @example
   * await client.publish("home/kitchen/light/set", { on: true }, { qos: 1, codec: json() });
   */
  publish(topic: string, payload: unknown, options: PublishOptions = {}): Promise<MqttResult> {
    return publish(this.#core, topic, payload, options);
  }

  /**
   * Publishes a request and resolves with the reply: it has a response topic of this client, and correlation data. MQTT 5.0
   * only. QoS 1 by default, and within 30 s.
   *
   * @throws As {@link publish}, and {@link DropError} `timeout`: no reply came in time.
   *
   * @example
   * const { payload } = await client.request("service/time", "", { replyCodec: text(), timeout: 5_000 });
   */
  request<In = Uint8Array<ArrayBuffer>>(
    topic: string,
    payload: unknown,
    options: MqttRequestOptions = {},
  ): Promise<MqttMessage<In>> {
    return this.#requests.send(topic, payload, options) as Promise<MqttMessage<In>>;
  }

  /**
   * Authenticates anew over the open connection (MQTT 5.0, section 4.12.1), with the option `auth`; resolves when the broker
   * has accepted. Without a connection it resolves with the next one.
   *
   * @throws {TautlineError} `closed`; `timeout`; `provider`: see `cause`.
   */
  reauthenticate(options: WaitOptions = {}): Promise<void> {
    return reauthenticate(this.#core, this.#core.settings.auth, options);
  }

  /**
   * Resolves when nothing waits on our side: all has left, and what is acknowledged has been.
   *
   * @throws {TautlineError} `closed`, `timeout`.
   */
  flushed(options: WaitOptions = {}): Promise<void> {
    return drained(this.#core, undefined, options);
  }

  /**
   * Says farewell with DISCONNECT and closes until reconnect(). Resolves when it is closed, within `drain` + 1 s also on a dead
   * connection.
   *
   * @throws {OptionError} An option is unknown or wrong.
   */
  override close(options: MqttCloseOptions | number = {}): Promise<void> {
    if (typeof options === "number") throw new OptionError("options", options, "an object", 1);
    check(options, FAREWELL, "options");
    const { withWill = false, sessionExpiry, drain = 0 } = options;
    const expiry = sessionExpiry === undefined ? -1 : seconds(sessionExpiry);
    this.#core.link?.engine.call((session, id) => {
      const exports = session as MqttExports;
      exports.configure(id, 11, +withWill);
      exports.configure(id, 12, expiry);
    });
    return super.close(undefined, "", { drain });
  }

  /** Adds a listener; as in any EventTarget, with `once`, `signal` and `handleEvent` objects. */
  override addEventListener<K extends keyof MqttEventMap>(
    type: K,
    listener: MqttListener<MqttEventMap[K]> | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(...args: unknown[]): void {
    super.addEventListener(...(args as Parameters<EventTarget["addEventListener"]>));
  }

  /** Removes a listener. */
  override removeEventListener<K extends keyof MqttEventMap>(
    type: K,
    listener: MqttListener<MqttEventMap[K]> | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void;
  override removeEventListener(...args: unknown[]): void {
    super.removeEventListener(...(args as Parameters<EventTarget["removeEventListener"]>));
  }
}

/**
 * Connects to a broker over WebSocket and stays connected.
 *
 * @param url Absolute or relative to the page, with `ws(s):` or `http(s):`; or a function, called anew for each attempt.
 * @param options See {@link MqttOptions}.
 * @throws {OptionError} An option is unknown or wrong: the message names it, its value and the cure.
 * @throws {MqttError} CONNECT cannot be written with these options.
 * @throws {WasmUnavailable} WebAssembly could not be compiled.
 *
 * @example
 * const client = connectMqtt("wss://broker.example.com/mqtt", { credentials: async () => ({ username, password: await token() }) });
 * client.subscribe("news/#", {}, ({ topic, payload }) => show(topic, payload));
 * await client.publish("news/today", "hello", { qos: 1 });
 */
export const connectMqtt = (url: Provider<string | URL>, options: MqttOptions = {}): MqttClient =>
  new MqttClient(url, options);
