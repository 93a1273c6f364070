// Messages to the broker, and what becomes of them.

import { check } from "../check.js";
import { OptionError } from "../errors.js";
import { now } from "../transport/clock.js";
import { wait } from "../wait.js";
import { encode } from "./codec.js";
import type { MqttCore } from "./core.js";
import { accepted } from "./error.js";
import type { MqttExports } from "./exports.js";
import type { MqttLink } from "./link.js";
import { type Lengths, write } from "./memory.js";
import type { MessageProperties, MqttResult, PublishOptions } from "./options.js";
import { messageProperties, seconds } from "./properties.js";
import { PUBLISH } from "./settings.js";

/** A message on its way, as the machine wants it told. */
export interface Publication {
  readonly topic: string;
  readonly payload: Uint8Array<ArrayBuffer>;
  /** QoS, and 4 for a retained one. */
  readonly flags: number;
  /** In seconds; -1 is none. */
  readonly expiry: number;
  /** In ms. */
  readonly messageExpiry: number | undefined;
  /** When it was handed in, on the clock of the engine. */
  readonly since: number;
  readonly options: MessageProperties;
}

/** The place of an acknowledgement in AWAITS. */
export const ACKNOWLEDGEMENT = 3;
const DONE: MqttResult = { reasonCode: 0, reasonString: undefined, userProperties: undefined };

export function publish(
  core: MqttCore,
  topic: string,
  value: unknown,
  options: PublishOptions,
  shape = PUBLISH,
): Promise<MqttResult> {
  if (core.loading) {
    const later = core.loading.then(() => publish(core, topic, value, options, shape));
    later.catch(() => {});
    return later;
  }
  return wait<MqttResult>({ signal: options.signal }, (resolve, reject) => {
    check(options, shape, "options");
    if (typeof topic !== "string") throw new OptionError("topic", topic, "text");
    const { qos = 0, retain, messageExpiry, timeout = 0 } = options;
    const payload = encode(options.codec ?? core.codecOf(topic), value);
    const publication: Publication = {
      topic,
      payload,
      messageExpiry,
      flags: qos | (retain ? 4 : 0),
      expiry:
        messageExpiry === undefined || messageExpiry === Infinity ? -1 : seconds(messageExpiry),
      since: now(),
      options,
    };
    if (!core.link) throw core.closure();
    if (submit(core, publication)) {
      resolve(DONE);
      return () => {};
    }
    const ticket = core.outbox.next();
    core.published.set(ticket, publication);
    const quiet = core.firing === "drop";
    const entry = {
      message: { topic, payload: value, qos },
      data: payload,
      key: undefined,
      quiet,
      sent: false,
      awaits: qos ? ACKNOWLEDGEMENT : 0,
      repeats: qos > 0,
      resolve: (result: unknown) => resolve((result as MqttResult) ?? DONE),
      reject,
    };
    const ttl = messageExpiry === Infinity ? 0 : messageExpiry;
    core.handed++;
    core.enqueue(ticket, entry, ttl, timeout);
    core.changed();
    return () => core.withdraw(ticket);
  });
}

/** Sends a message of QoS 0 at once if nothing stands before it; otherwise only asks whether it could be sent at all. */
function submit(core: MqttCore, publication: Publication): boolean {
  const { topic, payload, flags, expiry, options, since } = publication;
  const link = core.mqtt as MqttLink;
  return link.engine.call((session, id) => {
    const exports = session as MqttExports;
    const properties = messageProperties(options);
    // At QoS 1 and 2 the payload has to wait anyway.
    const now = flags & 3 ? undefined : payload;
    const [t, q] = write(exports, id, topic, properties, now) as Lengths;
    const size = payload.length;
    if (!accepted(exports.message(id, since, 0, t, q, size, flags, expiry))) return false;
    link.send(exports, id);
    return true;
  });
}
