// Properties of packets (MQTT 5.0, section 2.2.2), by their names in this API.

import { accepted } from "./error.js";
import type { MqttExports } from "./exports.js";
import { fieldsOf, textOf, view, write } from "./memory.js";
import type { MessageProperties, Properties, UserProperty } from "./options.js";

const MILLIS = (seconds: number) => (seconds === 2 ** 32 - 1 ? Infinity : seconds * 1_000);
const FLAG = (number: number) => number !== 0;
const SAME = (number: number) => number;
const TEXT = "text";
const BINARY = "binary";

/** What each identifier stands for: a name, and how its value is read. */
const KNOWN: {
  readonly [id: number]: readonly [keyof Properties, ((n: number) => unknown) | string];
} = {
  1: ["payloadFormat", (number) => (number ? "text" : "bytes")],
  2: ["messageExpiry", MILLIS],
  3: ["contentType", TEXT],
  8: ["responseTopic", TEXT],
  9: ["correlationData", BINARY],
  17: ["sessionExpiry", MILLIS],
  18: ["clientId", TEXT],
  19: ["keepAlive", MILLIS],
  21: ["authenticationMethod", TEXT],
  22: ["authenticationData", BINARY],
  26: ["responseInformation", TEXT],
  28: ["serverReference", TEXT],
  31: ["reasonString", TEXT],
  33: ["receiveMaximum", SAME],
  34: ["topicAliasMaximum", SAME],
  36: ["maximumQos", SAME],
  37: ["retainAvailable", FLAG],
  39: ["maximumPacketSize", SAME],
  40: ["wildcards", FLAG],
  41: ["subscriptionIdentifiers", FLAG],
  42: ["sharedSubscriptions", FLAG],
};
const USER_PROPERTY = 38;

/** Reads the properties at that place of the machine's input. */
export function read(exports: MqttExports, id: number, at: number, length: number): Properties {
  const found: Record<string, unknown> = {};
  for (let i = 0; length > 0; i++) {
    const property = exports.property(id, at, length, i);
    if (!property) break;
    const [a, b, c, d] = fieldsOf(exports, id) as unknown as [number, number, number, number];
    if (property === USER_PROPERTY) {
      found.userProperties ??= [];
      (found.userProperties as UserProperty[]).push([
        textOf(view(exports, a, b)),
        textOf(view(exports, c, d)),
      ]);
      continue;
    }
    const [name, how] = KNOWN[property] ?? [];
    if (!name) continue;
    if (typeof how === "function") found[name] = how(a);
    else found[name] = how === TEXT ? textOf(view(exports, a, b)) : view(exports, a, b).slice();
  }
  return found;
}

export const seconds = (ms: number): number =>
  ms === Infinity ? 2 ** 32 - 1 : Math.min(Math.ceil(ms / 1_000), 2 ** 32 - 2);

const number = (exports: MqttExports, id: number, property: number, value: number) =>
  accepted(exports.number_property(id, property, value));

const bytes = (
  exports: MqttExports,
  id: number,
  property: number,
  value: string | BufferSource,
  second?: string,
) => {
  const [length, other] = write(exports, id, value, second) as [number, number];
  accepted(exports.bytes_property(id, property, length, Math.max(other, 0)));
};

export const addUserProperties = (
  exports: MqttExports,
  id: number,
  pairs: readonly UserProperty[] = [],
): void => {
  for (const [name, value] of pairs) bytes(exports, id, USER_PROPERTY, `${name}`, `${value}`);
};

/** Adds what a message says to the next packet; throws MqttError, and then there are none. */
export function addMessage(exports: MqttExports, id: number, message: MessageProperties): void {
  const { contentType, responseTopic, correlationData, payloadFormat, userProperties } = message;
  try {
    if (payloadFormat) number(exports, id, 1, +(payloadFormat === "text"));
    if (contentType !== undefined) bytes(exports, id, 3, contentType);
    if (responseTopic !== undefined) bytes(exports, id, 8, responseTopic);
    if (correlationData !== undefined) bytes(exports, id, 9, correlationData);
    addUserProperties(exports, id, userProperties);
  } catch (error) {
    exports.drop_properties(id);
    throw error;
  }
}

/** Adds the properties of CONNECT and of a will that are numbers. */
export const addNumber = number;
