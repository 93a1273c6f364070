import { TautlineError } from "../errors.js";

/** Reason codes of MQTT 5.0, section 2.4, by their numbers; those of 3.1.1 come as the same numbers. */
const REASONS: readonly string[] = [
  ...["unspecified error", "malformed packet", "protocol error", "implementation specific error"],
  ...["unsupported protocol version: try protocolVersion: 4", "client identifier not valid"],
  ...["bad user name or password", "not authorized", "server unavailable", "server busy", "banned"],
  ...["server shutting down", "bad authentication method", "keep alive timeout"],
  ...["session taken over by another client of this identifier", "topic filter invalid"],
  ...["topic name invalid", "packet identifier in use", "packet identifier not found"],
  ...["receive maximum exceeded", "topic alias invalid", "packet too large"],
  ...["message rate too high", "quota exceeded", "administrative action"],
  ...["payload format invalid", "retain not supported", "QoS not supported", "use another server"],
  ...["server moved", "shared subscriptions not supported", "connection rate exceeded"],
  ...["maximum connect time", "subscription identifiers not supported"],
  "wildcard subscriptions not supported",
];

/** What is wrong with a packet, by the places of `PacketError` in src/subprotocol/mqtt/packet/error.rs, with a reason code. */
const FAULTS: readonly (readonly [reason: number, text: string])[] = [
  [0x81, "a length is malformed"],
  [0x81, "unknown type of packet"],
  [0x82, "not a packet of a server"],
  [0x81, "reserved bits are set"],
  [0x95, "above the maximum packet size"],
  [0x81, "too short"],
  [0x81, "too long"],
  [0x81, "text is not UTF-8 or holds U+0000"],
  [0x95, "text or data above 65,535 bytes"],
  [0x81, "QoS 3, or a duplicate at QoS 0"],
  [0x81, "unknown property"],
  [0x81, "misplaced property"],
  [0x82, "a property is there twice"],
  [0x82, "a property has a value that is not allowed"],
  [0x82, "misplaced reason code"],
  [0x82, "packet identifier missing, 0, or too many"],
  [0x94, "topic alias 0"],
  [0x82, "the topic is empty"],
  [0x82, "a topic holds a wildcard"],
  [0x8f, "the topic filter is not valid"],
  [0x82, "no filter or no reason code"],
  [0x82, "noLocal on a shared subscription"],
  [0x82, "a refusal with a session"],
  [0x82, "authentication method missing"],
  [0x82, "MQTT 3.1.1 does not have this"],
  [0x85, "MQTT 3.1.1 needs a clientId, or cleanStart"],
  [0x86, "MQTT 3.1.1 takes a password only with a user name"],
];

/**
 * The broker has said no, or ended the connection, or something cannot be said in MQTT (code `mqtt`). The message names what
 * is wrong; nothing of credentials or payloads is in it.
 */
export class MqttError extends TautlineError {
  /** The reason code (MQTT 5.0, section 2.4), from 0x80; those of 3.1.1 come as the same. */
  readonly reasonCode: number;
  /** What the broker says of it in words, if it does. */
  readonly reasonString: string | undefined;

  /** @internal */
  constructor(reasonCode: number, reasonString?: string, fault?: string) {
    const hex = reasonCode.toString(16).padStart(2, "0");
    const text = fault ?? REASONS[reasonCode - 0x80] ?? "unknown reason";
    super("mqtt", undefined, `MQTT: ${text} (0x${hex})`);
    this.name = "MqttError";
    this.reasonCode = reasonCode;
    this.reasonString = reasonString;
  }
}

/** An error of the machine's number: a fault in a packet, or 64 and the reason code. */
export function faultOf(number: number): MqttError {
  if (number >= 64) return new MqttError(number - 64);
  const [reason, text] = FAULTS[number] ?? [0x80, undefined];
  return new MqttError(reason, undefined, text);
}

/** Throws what an answer below 0 stands for. */
export function accepted(answer: number): number {
  if (answer < 0) throw faultOf(-1 - answer);
  return answer;
}
