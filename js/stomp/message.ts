import type { StompCore } from "./core.js";
import type { FrameOptions, StompHeaders } from "./options.js";
import type { StompSubscription } from "./subscription.js";

/** A message that the broker has delivered. */
export class StompMessage<T = unknown> {
  /** The body as it came. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** What it belongs to; undefined for what the broker sends unasked, such as replies to a temporary queue. */
  readonly subscription: StompSubscription<T> | undefined;
  /** @internal */
  readonly number: number;
  /** @internal */
  readonly generation: number;
  /** @internal */
  isSettled = false;
  /** The headers of MESSAGE, `destination` and `message-id` among them; of repeated ones the first. */
  readonly headers: StompHeaders;
  readonly #core: StompCore;

  /** @internal */
  constructor(
    core: StompCore,
    subscription: StompSubscription | undefined,
    generation: number,
    headers: StompHeaders,
    body: Uint8Array<ArrayBuffer>,
  ) {
    this.#core = core;
    this.subscription = subscription as StompSubscription<T> | undefined;
    this.number = subscription ? ++subscription.received : 0;
    this.generation = generation;
    this.headers = headers;
    this.body = body;
  }

  /** The body as text. */
  text(): string {
    return new TextDecoder().decode(this.body);
  }

  /** The body as JSON. Throws where it is none. */
  json(): unknown {
    return JSON.parse(this.text());
  }

  /** What the subscription's `codec` makes of the body; without one, the body. Throws what the codec throws. */
  get payload(): T {
    const { codec } = this.subscription ?? {};
    if (!codec) return this.body as T;
    const type = this.headers["content-type"] ?? "text/";
    const isText = /^(text\/|application\/([\w.-]+\+)?json\b)/.test(type);
    return codec.decode(isText ? this.text() : this.body.buffer);
  }

  /**
   * Tells the broker that this message has been dealt with, in the mode `client` with all before it. With `receipt`, a promise
   * that resolves when the broker has taken note.
   *
   * @throws {StompError} `stale`: it came over an earlier connection, or the subscription is over; the broker delivers it again.
   *   `auto`: the subscription acknowledges by itself. `settled`: it is acknowledged already.
   */
  ack(options: FrameOptions & { receipt: true }): Promise<void>;
  ack(options?: FrameOptions): unknown;
  ack(options: FrameOptions = {}): unknown {
    return this.#core.acknowledge("ACK", this as StompMessage, options);
  }

  /**
   * Tells the broker that this message has not been dealt with: what it does then is its own affair. As with `ack`.
   *
   * @throws {StompError} As `ack`, and `unsupported`: STOMP 1.0 has no NACK.
   */
  nack(options: FrameOptions & { receipt: true }): Promise<void>;
  nack(options?: FrameOptions): unknown;
  nack(options: FrameOptions = {}): unknown {
    return this.#core.acknowledge("NACK", this as StompMessage, options);
  }
}
