// Properties of packets (MQTT 5.0, section 2.2.2), by their names in this API.

import { faultOf } from "./error.js";
import type { MqttExports } from "./exports.js";
import { bytesOf, textOf, view } from "./memory.js";
import type { MessageProperties, Properties, UserProperty } from "./options.js";

const MILLIS = (seconds: number) => (seconds === 2 ** 32 - 1 ? Infinity : seconds * 1_000);
const FLAG = (number: number) => number !== 0;
const SAME = (number: number) => number;
const TEXT = -1;
const BINARY = -2;
const USER_PROPERTY = 38;
const SUBSCRIPTION = 11;

/** What each identifier stands for: a name, the bytes of a number or another kind, and how a number is read. */
const KNOWN: {
  readonly [id: number]: readonly [keyof Properties | "", number, ((n: number) => unknown)?];
} = {
  1: ["payloadFormat", 1, (number) => (number ? "text" : "bytes")],
  2: ["messageExpiry", 4, MILLIS],
  3: ["contentType", TEXT],
  8: ["responseTopic", TEXT],
  9: ["correlationData", BINARY],
  17: ["sessionExpiry", 4, MILLIS],
  18: ["clientId", TEXT],
  19: ["keepAlive", 2, MILLIS],
  21: ["authenticationMethod", TEXT],
  22: ["authenticationData", BINARY],
  26: ["responseInformation", TEXT],
  28: ["serverReference", TEXT],
  31: ["reasonString", TEXT],
  33: ["receiveMaximum", 2, SAME],
  34: ["topicAliasMaximum", 2, SAME],
  // The topic alias, which has done its work.
  35: ["", 2, SAME],
  36: ["maximumQos", 1, SAME],
  37: ["retainAvailable", 1, FLAG],
  39: ["maximumPacketSize", 4, SAME],
  40: ["wildcards", 1, FLAG],
  41: ["subscriptionIdentifiers", 1, FLAG],
  42: ["sharedSubscriptions", 1, FLAG],
};

/** Reads properties as they stand on the wire at that place of memory; the machine has checked them. */
export function read(exports: MqttExports, at: number, length: number): Properties {
  const found: Record<string, unknown> = {};
  const all = view(exports, at, length);
  let place = 0;
  const number = (bytes: number) => {
    let value = 0;
    while (bytes--) value = value * 256 + (all[place++] as number);
    return value;
  };
  const data = () => {
    const size = number(2);
    place += size;
    return all.slice(place - size, place);
  };
  const text = () => textOf(data());
  while (place < length) {
    const id = number(1);
    const [name = "", kind = 0, how] = KNOWN[id] ?? [];
    if (id === USER_PROPERTY) {
      found.userProperties ??= [];
      (found.userProperties as UserProperty[]).push([text(), text()]);
    } else if (id === SUBSCRIPTION) while (number(1) > 127);
    else if (how) found[name] = how(number(kind));
    else found[name] = kind === TEXT ? text() : data();
  }
  return found;
}

export const seconds = (ms: number): number =>
  ms === Infinity ? 2 ** 32 - 1 : Math.min(Math.ceil(ms / 1_000), 2 ** 32 - 2);

/** Adds text or data, behind its length. */
const put = (to: number[], value: string | BufferSource): void => {
  const bytes = bytesOf(value);
  if (bytes.length > 65_535) throw faultOf(8);
  to.push(bytes.length >> 8, bytes.length & 255);
  for (const byte of bytes) to.push(byte);
};

/** User properties as they stand on the wire. */
export function userProperties(pairs: readonly UserProperty[] = []): number[] {
  const all: number[] = [];
  for (const [name, value] of pairs) {
    all.push(USER_PROPERTY);
    put(all, `${name}`);
    put(all, `${value}`);
  }
  return all;
}

/** What a message says in properties, as they stand on the wire; throws MqttError for what is too long. */
export function messageProperties(message: MessageProperties): number[] {
  const { contentType, responseTopic, correlationData, payloadFormat } = message;
  const all = userProperties(message.userProperties);
  if (payloadFormat) all.push(1, +(payloadFormat === "text"));
  [contentType, responseTopic, correlationData].forEach((value, index) => {
    if (value === undefined) return;
    all.push([3, 8, 9][index] as number);
    put(all, value);
  });
  return all;
}

/** A property that is a number of four bytes. */
export const numberProperty = (id: number, value: number): number[] => [
  id,
  ...new Uint8Array(new Uint32Array([value]).buffer).reverse(),
];
