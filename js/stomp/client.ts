import { check } from "../check.js";
import { Connection } from "../connection.js";
import type {
  ClosedEvent,
  DropEvent,
  FailureEvent,
  LatencyEvent,
  OpenEvent,
  StateEvent,
} from "../events.js";
import type { Provider } from "../options.js";
import { StompCore } from "./core.js";
import type { StompMessage } from "./message.js";
import type {
  StompHeaders,
  StompOptions,
  StompSendOptions,
  StompVersion,
  SubscribeOptions,
} from "./options.js";
import { DESTINATION, SEND, SUBSCRIBE, settle } from "./settings.js";
import { StompSubscription } from "./subscription.js";
import { Transaction } from "./transaction.js";
import { VERSIONS } from "./wire.js";

/** A message that belongs to no subscription, such as a reply to a temporary queue of RabbitMQ. */
export interface StompMessageEvent extends Event {
  readonly message: StompMessage;
}

/** The events of a client, by type. */
export interface StompEventMap {
  state: StateEvent;
  open: OpenEvent;
  /** A message that belongs to no subscription. */
  message: StompMessageEvent;
  drop: DropEvent;
  latency: LatencyEvent;
  error: FailureEvent;
  close: ClosedEvent;
}

/** A listener of one type of event: a function, or an object with `handleEvent`. */
export type StompListener<E> =
  | ((this: StompClient, event: E) => void)
  | { handleEvent(event: E): void };

/**
 * A connection to a STOMP broker that comes back, with its subscriptions. Made by {@link connectStomp}.
 *
 * STOMP has no way to renew credentials on an open connection: `connectHeaders` is asked for each new one.
 */
export class StompClient extends Connection {
  readonly #core: StompCore;

  /** Same as {@link connectStomp}. */
  constructor(url: Provider<string | URL>, options: StompOptions = {}) {
    const core = new StompCore(url, settle(url, options));
    super(core);
    this.#core = core;
  }

  /** The version that is spoken over the connection, or was over the last one. */
  get version(): StompVersion | undefined {
    return this.connected && VERSIONS[this.#core.version];
  }

  /** The headers of the last CONNECTED, such as `server` and `session`. */
  get connected(): StompHeaders | undefined {
    return this.#core.connected;
  }

  /**
   * Sends a message: at once where the client is open, otherwise from the queue once it is. With `receipt`, gives a promise
   * that resolves when the broker has processed it; what is dropped without a promise is an event `drop`.
   *
   * @throws {OptionError} An argument is wrong.
   * @throws {StompError} `header`: a header cannot be written. `stale`: the transaction ended with its connection.
   * @throws {DropError} With `receipt`, the promise rejects: `unconfirmed` (sent, and the connection ended before the receipt),
   *   `closed`, `queue-full`, `too-large`.
   * @throws {StompError} With `receipt`, `error`: the broker refuses it.
   *
   * @example
   * await client.send("/queue/orders", JSON.stringify(order), { contentType: "application/json", receipt: true });
   */
  send(
    destination: string,
    body: string | BufferSource | undefined,
    options: StompSendOptions & { receipt: true },
  ): Promise<void>;
  send(
    destination: string,
    body?: string | BufferSource,
    options?: StompSendOptions & { receipt?: false },
  ): "sent" | "queued" | "dropped";
  send(destination: string, body?: string | BufferSource, options?: StompSendOptions): unknown;
  send(
    destination: string,
    body: string | BufferSource = "",
    options: StompSendOptions = {},
  ): unknown {
    check({ destination }, DESTINATION, "send");
    check(options, SEND, "options");
    const { headers, contentType, contentLength = true, transaction } = options;
    const isText = typeof body === "string";
    const length = isText ? new TextEncoder().encode(body).length : body.byteLength;
    const fields = {
      destination,
      "content-type": contentType,
      ...transaction?.fields,
      "content-length": contentLength || !isText ? length : undefined,
      ...headers,
    };
    const core = this.#core;
    const repeats = !transaction && core.settings.delivery === "at-least-once";
    return core.send({ verb: "SEND", fields, body, bound: transaction?.alive() }, options, repeats);
  }

  /**
   * Subscribes, also on each later connection. Messages go to the listener; without one, iterate over what this gives.
   *
   * @throws {OptionError} An argument is wrong.
   * @throws {StompError} `id-taken`.
   *
   * @example
   * for await (const message of client.subscribe("/queue/orders", { ack: "client-individual" })) {
   *   await handle(message.json());
   *   message.ack();
   * }
   */
  subscribe<T = Uint8Array>(
    destination: string,
    options: SubscribeOptions<T> = {},
    listener?: (message: StompMessage<T>) => void,
  ): StompSubscription<T> {
    check({ destination, listener }, DESTINATION, "subscribe");
    check(options, SUBSCRIBE, "options");
    return new StompSubscription(this.#core, destination, options, listener);
  }

  /**
   * Begins a transaction on the open connection.
   *
   * @throws {StompError} `not-open`: see `opened()`.
   */
  begin(): Transaction {
    return new Transaction(this, this.#core);
  }

  /**
   * Closes the client until reconnect(): says DISCONNECT, and waits for its receipt within `drain`, at least 1 s. Resolves when
   * it is closed, 1 s later at most.
   */
  override close(code?: number, reason = "", options: { drain?: number } = {}): Promise<void> {
    return super.close(code, reason, options);
  }

  /** Adds a listener; as in any EventTarget. */
  override addEventListener<K extends keyof StompEventMap>(
    type: K,
    listener: StompListener<StompEventMap[K]> | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  override addEventListener(type: string, listener: unknown, options?: unknown): void {
    super.addEventListener(type, listener as EventListener, options as AddEventListenerOptions);
  }
}

/**
 * Connects to a STOMP broker, and stays connected: notices dead connections, comes back in the way that fits the cause,
 * subscribes again, and keeps what is sent meanwhile.
 *
 * @param url Absolute or relative to the page; or a function, called anew for each attempt. That of RabbitMQ ends in `/ws`.
 * @param options See {@link StompOptions}.
 * @throws {OptionError} An option is unknown or wrong.
 * @throws {WasmUnavailable} WebAssembly could not be compiled.
 *
 * @example
 * const client = connectStomp("wss://broker.example/ws", {
 *   connectHeaders: async () => ({ login: "guest", passcode: await token() }),
 * });
 * client.subscribe("/topic/news", {}, (message) => show(message.text()));
 * client.send("/topic/news", "hello");
 */
export const connectStomp = (
  url: Provider<string | URL>,
  options: StompOptions = {},
): StompClient => new StompClient(url, options);
