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

/**
 * What an application can have wrong in a packet, by the places of `PacketError` in src/subprotocol/mqtt/packet/error.rs, with
 * the reason code. The others can only come from a broker.
 */
const FAULTS: { readonly [place: number]: readonly [reason: number, text: string] } = {
  4: [0x95, "above the maximum packet size"],
  7: [0x81, "text is not UTF-8 or holds U+0000"],
  8: [0x95, "text or data above 65,535 bytes"],
  11: [0x81, "a property does not belong here"],
  12: [0x82, "a property is there twice"],
  13: [0x82, "a property has a value that is not allowed"],
  17: [0x82, "the topic is empty"],
  18: [0x82, "a topic holds a wildcard"],
  19: [0x8f, "the topic filter is not valid"],
  21: [0x82, "noLocal on a shared subscription"],
  23: [0x82, "authentication method missing"],
  24: [0x82, "MQTT 3.1.1 does not have this"],
  25: [0x85, "MQTT 3.1.1 needs a clientId, or cleanStart"],
  26: [0x86, "MQTT 3.1.1 takes a password only with a user name"],
};

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
