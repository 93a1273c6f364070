import type { MessageProperties, Properties, QoS, UserProperty } from "./options.js";

/** A message that has arrived. */
export class MqttMessage<In = unknown> implements MessageProperties {
  readonly topic: string;
  readonly payload: In;
  /** The quality of service it came with. */
  readonly qos: QoS;
  /** Whether the broker had kept it (or, with `retainAsPublished`, whether it was published so). */
  readonly retain: boolean;
  /** Whether it may have come before; never so at QoS 2. */
  readonly duplicate: boolean;
  readonly contentType: string | undefined;
  readonly responseTopic: string | undefined;
  readonly correlationData: Uint8Array<ArrayBuffer> | undefined;
  readonly payloadFormat: "text" | "bytes" | undefined;
  /** How long it is of use from now on, in ms. */
  readonly messageExpiry: number | undefined;
  readonly userProperties: readonly UserProperty[] | undefined;
  readonly #acknowledge: (() => boolean) | undefined;

  /** @internal */
  constructor(
    topic: string,
    payload: In,
    flags: number,
    properties: Properties,
    acknowledge: (() => boolean) | undefined,
  ) {
    this.topic = topic;
    this.payload = payload;
    this.qos = (flags & 3) as QoS;
    this.retain = !!(flags & 4);
    this.duplicate = !!(flags & 8);
    this.contentType = properties.contentType;
    this.responseTopic = properties.responseTopic;
    this.correlationData = properties.correlationData;
    this.payloadFormat = properties.payloadFormat;
    this.messageExpiry = properties.messageExpiry;
    this.userProperties = properties.userProperties;
    this.#acknowledge = acknowledge;
  }

  /**
   * The same with another payload.
   *
   * @internal
   */
  with<T>(payload: T): MqttMessage<T> {
    const flags = this.qos | (this.retain ? 4 : 0) | (this.duplicate ? 8 : 0);
    return new MqttMessage(
      this.topic,
      payload,
      flags,
      this as unknown as Properties,
      this.#acknowledge,
    );
  }

  /**
   * Acknowledges it, with `acknowledge: "manual"`. False where there is nothing to acknowledge, where that was done, and
   * where it is too late: the connection has ended, and the broker sends the message again.
   */
  acknowledge(): boolean {
    return this.#acknowledge?.() ?? false;
  }
}
