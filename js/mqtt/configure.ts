// What a client is, written into its engine.

import type { MqttCore } from "./core.js";
import { accepted } from "./error.js";
import type { MqttExports } from "./exports.js";
import { write } from "./memory.js";
import { addMessage, addNumber, addUserProperties, seconds } from "./properties.js";

const WILL_DELAY = 24;
const MESSAGE_EXPIRY = 2;

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
    ];
    numbers.forEach((value, option) => {
      if (value !== undefined) exports.configure(id, option, value);
    });
    const texts = [core.clientId || undefined, auth?.method];
    texts.forEach((value, option) => {
      if (value === undefined) return;
      const [length] = write(exports, id, value) as [number];
      exports.configure_text(id, option, length);
    });
    if (userProperties) {
      addUserProperties(exports, id, userProperties);
      exports.connect_properties(id);
    }
    if (will) {
      const { topic, payload = "", qos = 0, retain, delay, messageExpiry } = will;
      addMessage(exports, id, will);
      if (delay) addNumber(exports, id, WILL_DELAY, seconds(delay));
      if (messageExpiry) addNumber(exports, id, MESSAGE_EXPIRY, seconds(messageExpiry));
      const [t, p] = write(exports, id, topic, payload) as [number, number];
      exports.will(id, t, p, qos | (retain ? 4 : 0));
    }
    accepted(exports.check_options(id));
  });
}
