// What a client is, written into its engine.

import type { MqttCore } from "./core.js";
import { accepted } from "./error.js";
import type { MqttExports } from "./exports.js";
import { write } from "./memory.js";
import type { Will } from "./options.js";
import {
  userProperties as encoded,
  messageProperties,
  numberProperty,
  seconds,
} from "./properties.js";

const WILL_DELAY = 24;
const MESSAGE_EXPIRY = 2;

const willProperties = (will: Will): number[] => {
  const { delay, messageExpiry } = will;
  return [
    ...messageProperties(will),
    ...(delay ? numberProperty(WILL_DELAY, seconds(delay)) : []),
    ...(messageExpiry ? numberProperty(MESSAGE_EXPIRY, seconds(messageExpiry)) : []),
  ];
};

/** Throws MqttError where CONNECT cannot be written so. */
export function configure(core: MqttCore): void {
  const { settings } = core;
  const { will, auth, userProperties, sessionExpiry, keepAlive } = settings;
  core.link?.engine.call((session, id) => {
    const exports = session as MqttExports;
    const numbers = [
      settings.protocolVersion,
      // What a store keeps goes on with what the broker has kept.
      +(settings.cleanStart ?? !settings.store),
      sessionExpiry === undefined ? undefined : seconds(sessionExpiry),
      keepAlive === undefined ? undefined : Math.min(Math.ceil(keepAlive / 1_000), 65_535),
      settings.receiveMaximum,
      settings.sendMaximum,
      settings.maximumPacketSize,
      settings.topicAliasMaximum,
      +(settings.acknowledge === "manual"),
      +!!settings.followRedirects,
      will && (will.qos ?? 0) | (will.retain ? 4 : 0),
    ];
    numbers.forEach((value, option) => {
      if (value !== undefined) exports.configure(id, option, value);
    });
    const parts = [
      core.clientId || undefined,
      auth?.method,
      userProperties && encoded(userProperties),
      will?.topic,
      will?.payload,
      will && willProperties(will),
    ];
    parts.forEach((value, option) => {
      if (value === undefined) return;
      const [length] = write(exports, id, value) as [number];
      exports.configure_bytes(id, option, length);
    });
    accepted(exports.check_options(id));
  });
}
