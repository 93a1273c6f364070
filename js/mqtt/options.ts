import type {
  BaseOptions,
  DialContext,
  MessagesOptions,
  Provider,
  WaitOptions,
} from "../options.js";
import type { PayloadCodec } from "./codec.js";

/** A pair of the application's own. The order is kept, and names may stand several times. */
export type UserProperty = readonly [name: string, value: string];

/** What publisher and receivers may tell each other beside the payload. MQTT 5.0 only. */
export interface MessageProperties {
  /** What the payload is: a MIME type, say. */
  readonly contentType?: string | undefined;
  /** Where a reply is to go. */
  readonly responseTopic?: string | undefined;
  /** What a reply is to carry, so that it finds its request. */
  readonly correlationData?: BufferSource | undefined;
  /** Whether the payload is text in UTF-8. Default: it is not said. */
  readonly payloadFormat?: "text" | "bytes" | undefined;
  readonly userProperties?: readonly UserProperty[] | undefined;
}

/** Every property that can come in, as it comes. */
export interface Properties {
  payloadFormat?: "text" | "bytes";
  /** In ms. */
  messageExpiry?: number;
  contentType?: string;
  responseTopic?: string;
  correlationData?: Uint8Array<ArrayBuffer>;
  /** In ms; Infinity is for ever. */
  sessionExpiry?: number;
  clientId?: string;
  /** In ms. */
  keepAlive?: number;
  authenticationMethod?: string;
  authenticationData?: Uint8Array<ArrayBuffer>;
  responseInformation?: string;
  serverReference?: string;
  reasonString?: string;
  receiveMaximum?: number;
  topicAliasMaximum?: number;
  maximumQos?: number;
  retainAvailable?: boolean;
  maximumPacketSize?: number;
  wildcards?: boolean;
  subscriptionIdentifiers?: boolean;
  sharedSubscriptions?: boolean;
  userProperties?: UserProperty[];
}

/** What the broker has said when it accepted the connection. */
export interface Connack extends Properties {
  readonly sessionPresent: boolean;
}

/** At most once (0), at least once (1), exactly once (2): MQTT 5.0, section 4.3. */
export type QoS = 0 | 1 | 2;

/** Who we are, for the broker. */
export interface Credentials {
  readonly username?: string | undefined;
  /** MQTT 3.1.1 takes it only with a user name. */
  readonly password?: string | BufferSource | undefined;
}

/** Enhanced authentication: challenges and responses (MQTT 5.0, section 4.12). */
export interface EnhancedAuth {
  /** The name of the method, such as `"SCRAM-SHA-256"`. */
  method: string;
  /** Makes the first authentication data, anew for each connection and each re-authentication. Default: none. */
  start?: (
    context: DialContext,
  ) => BufferSource | undefined | PromiseLike<BufferSource | undefined>;
  /** Answers a challenge of the broker. Default: without data. */
  answer?: (
    challenge: Uint8Array<ArrayBuffer> | undefined,
  ) => BufferSource | undefined | PromiseLike<BufferSource | undefined>;
}

/** What the broker publishes when the connection ends without a farewell (MQTT 5.0, section 3.1.2.5). */
export interface Will extends MessageProperties {
  topic: string;
  /** At most 65,535 bytes. Default none. */
  payload?: string | BufferSource;
  /** Default 0. */
  qos?: QoS;
  /** Whether the broker keeps it for later subscribers. Default false. */
  retain?: boolean;
  /** How long the broker waits for us to come back, in ms. Default 0. MQTT 5.0 only. */
  delay?: number;
  /** How long the message is of use, in ms. Default: for ever. MQTT 5.0 only. */
  messageExpiry?: number;
}

/** What {@link connectMqtt} takes. Everything is optional; times are milliseconds; wrong values throw {@link OptionError}. */
export interface MqttOptions extends BaseOptions {
  /**
   * 5 for MQTT 5.0, the default, or 4 for 3.1.1. There is no falling back by itself: the two differ in what survives a
   * break. A broker that knows only 3.1.1 refuses with reason code 0x84, or closes the connection.
   */
  protocolVersion?: 5 | 4;
  /** Names the session at the broker. Default: the broker gives one, which is then kept for the life of this client. */
  clientId?: string;
  /**
   * Whether the first connection throws away what the broker has kept of an earlier client of this identifier. Default true.
   * Later ones go on with the session (MQTT 5.0).
   */
  cleanStart?: boolean;
  /** How long the broker keeps the session without a connection, in ms; Infinity is for ever. Default 300,000. MQTT 5.0 only. */
  sessionExpiry?: number;
  /** Something is sent at least so often, in ms; 0 switches that off. Default 60,000. The broker's own wish goes first. */
  keepAlive?: number;
  /** When PINGREQ asks for a sign of life: after so much silence, in ms. Default 25,000, hidden 50,000. */
  heartbeat?: { interval?: number; hiddenInterval?: number };
  /** What the broker publishes when we are gone without a farewell. Default nothing. */
  will?: Will;
  /** User name and password, or a function that is asked anew for each connection. Default none. */
  credentials?: Provider<Credentials | undefined>;
  /** Enhanced authentication. MQTT 5.0 only. */
  auth?: EnhancedAuth;
  /** Sends credentials over plain `ws:` off loopback, too. Default false. */
  insecure?: boolean;
  /**
   * Messages of QoS 1 and 2 that the broker may have under way to us. Default 65,535. MQTT 5.0 only. Mosquitto 2.0.11 sends more
   * than a small one allows (its issue 2301), which ends the connection with reason code 0x93.
   */
  receiveMaximum?: number;
  /** Messages of QoS 1 and 2 that we have under way at most. Default: what the broker takes; with MQTT 3.1.1 20, above
   * which Mosquitto loses messages of QoS 2 unless its `max_inflight_messages` is higher. */
  sendMaximum?: number;
  /** Larger packets end the connection; the broker leaves out larger messages. In bytes. Default 134,217,728. */
  maximumPacketSize?: number;
  /** Topic aliases that the broker may use. Default 16. MQTT 5.0 only. */
  topicAliasMaximum?: number;
  /** Pairs of the application's own for CONNECT. MQTT 5.0 only. */
  userProperties?: readonly UserProperty[];
  /**
   * Whether to follow the broker to another server (reason codes 0x9C, 0x9D), which then gets the credentials. Default false.
   * MQTT 5.0 only.
   */
  followRedirects?: boolean;
  /**
   * `"manual"` leaves acknowledging to {@link MqttMessage.acknowledge}: what is not acknowledged comes again after a break, and
   * no more than `receiveMaximum` comes before. Default `"auto"`: as messages come in.
   */
  acknowledge?: "auto" | "manual";
  /** How payloads become values and back, by topic filter; the first that fits counts. Default {@link bytes}. */
  codecs?: { readonly [filter: string]: PayloadCodec<never> };
  /** Keeps messages and session over reloads of the page: see {@link indexedDb}. Default: in memory only. */
  store?: MqttStore;
}

/** What a store keeps of a client between two lives of its page. */
export interface MqttSnapshot {
  readonly clientId: string;
  /** The session state of the engine. */
  readonly session: Uint32Array<ArrayBuffer>;
  /** Messages of QoS 1 and 2 that the broker has not acknowledged, in their order. */
  readonly messages: readonly StoredMessage[];
}

/** A message that waits for its acknowledgement. */
export interface StoredMessage extends MessageProperties {
  readonly ticket: number;
  readonly topic: string;
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly qos: 1 | 2;
  readonly retain: boolean;
  readonly messageExpiry?: number | undefined;
  /** When it was handed in, in epoch ms. */
  readonly since: number;
}

/** Where the state of QoS 1 and 2 is kept. */
export interface MqttStore {
  /** What was kept last; undefined if nothing was. */
  load(): Promise<MqttSnapshot | undefined>;
  /** Keeps a newer state in the place of the last. */
  save(snapshot: MqttSnapshot): Promise<void>;
}

/** What a single `publish` may ask for. */
export interface PublishOptions extends MessageProperties, WaitOptions {
  /** Default 0. */
  qos?: QoS;
  /** Whether the broker keeps it for later subscribers. Default false. */
  retain?: boolean;
  /** How long the message is of use, in ms, its time in the queue included. Default: for ever. */
  messageExpiry?: number | undefined;
  /** Makes the payload. Default: that of `codecs`. */
  codec?: PayloadCodec<never>;
}

/** What a `request` may ask for. */
export interface MqttRequestOptions extends PublishOptions {
  /** Reads the payload of the reply. Default: that of `codecs` for the response topic. */
  replyCodec?: PayloadCodec<never>;
}

/** What a single `subscribe` may ask for. */
export interface SubscribeOptions<In = unknown>
  extends Omit<MessagesOptions<MqttMessageOf<In>>, "overflow"> {
  /** The highest quality of service of what comes. Default 0. */
  qos?: QoS;
  /** Whether our own messages stay out. Default false. MQTT 5.0 only. */
  noLocal?: boolean;
  /** Whether messages say if they were retained when they were published. Default false. MQTT 5.0 only. */
  retainAsPublished?: boolean;
  /** Whether retained messages come: always, only with a new subscription, never. Default `"send"`. MQTT 5.0 only. */
  retainHandling?: "send" | "send-if-new" | "do-not-send";
  userProperties?: readonly UserProperty[];
  /** Reads the payloads. Default: that of `codecs` for the topic of each message. */
  codec?: PayloadCodec<never, In>;
  /** Unsubscribes when it aborts. */
  signal?: AbortSignal;
  /** What happens when an iterator holds more than `highWaterMark` messages, see `messages` of a plain socket. Default `"error"`. */
  overflow?: "error" | "drop-oldest" | "latest";
}

interface MqttMessageOf<In> {
  readonly topic: string;
  readonly payload: In;
}

/** How a client leaves. */
export interface MqttCloseOptions {
  /** How long what is queued may still leave, in ms. Default 0. */
  drain?: number;
  /** Whether the will is published all the same. Default false. MQTT 5.0 only. */
  withWill?: boolean;
  /** How long the broker keeps the session from then on, in ms. Default 0 where the session began clean. MQTT 5.0 only. */
  sessionExpiry?: number;
}

/** What the broker has answered. */
export interface MqttResult {
  /** The reason code, below 0x80: 0, or 0x10 where nobody has subscribed. */
  readonly reasonCode: number;
  readonly reasonString: string | undefined;
  readonly userProperties: readonly UserProperty[] | undefined;
}

/** What the broker has answered to a subscription. */
export interface SubscribeResult extends MqttResult {
  /** The quality of service that it grants. */
  readonly qos: QoS;
}
