// The state of QoS 1 and 2 over reloads of the page.

import { ProviderError } from "../errors.js";
import { scope } from "../scope.js";
import { now } from "../transport/clock.js";
import type { MqttCore } from "./core.js";
import type { MqttExports } from "./exports.js";
import { write } from "./memory.js";
import type { MqttSnapshot, MqttStore, StoredMessage } from "./options.js";
import { seconds } from "./properties.js";
import { ACKNOWLEDGEMENT } from "./publish.js";

/** Loads what was kept, before the client is opened, and keeps what changes from then on. */
export async function keep(core: MqttCore, store: MqttStore): Promise<void> {
  const { engine } = core.link ?? {};
  try {
    const snapshot = await store.load();
    // Closed meanwhile, or begun anew.
    if (!engine || core.link?.engine !== engine) return;
    if (snapshot) restore(core, snapshot);
  } catch (error) {
    core.fail(new ProviderError("restore", error));
  }
  let isSaving = false;
  let isDirty = false;
  let revision = -1;
  let count = -1;
  core.changed = () => {
    isDirty = true;
    if (isSaving) return;
    isSaving = true;
    // What changes in one go is kept at once.
    scope.queueMicrotask(save);
  };
  const save = async () => {
    while (isDirty) {
      isDirty = false;
      const snapshot = take();
      if (!snapshot) continue;
      try {
        await store.save(snapshot);
      } catch (error) {
        core.fail(new ProviderError("provider", error));
      }
    }
    isSaving = false;
  };
  const take = (): MqttSnapshot | undefined => {
    const { link, published, handed } = core;
    return link?.engine.call((session, id) => {
      const exports = session as MqttExports;
      const last = revision;
      const length = exports.save(id);
      const [at, changes = 0] = new Float64Array(exports.memory.buffer, exports.fields(id), 2);
      revision = changes;
      if (revision === last && handed === count) return undefined;
      count = handed;
      const numbers = new Uint32Array(exports.memory.buffer as ArrayBuffer, at, length).slice();
      const messages: StoredMessage[] = [];
      for (const [ticket, { topic, payload, flags, options, messageExpiry, since }] of published) {
        const qos = flags & 3;
        if (!qos) continue;
        const { contentType, responseTopic, correlationData, payloadFormat, userProperties } =
          options;
        messages.push({
          ...{ ticket, topic, payload, qos: qos as 1 | 2 },
          ...{ retain: !!(flags & 4), messageExpiry, since: scope.Date.now() - (now() - since) },
          ...{ contentType, responseTopic, correlationData, payloadFormat, userProperties },
        });
      }
      return { clientId: core.clientId, session: numbers, messages };
    });
  };
}

function restore(core: MqttCore, { clientId, session, messages }: MqttSnapshot): void {
  core.clientId ||= clientId;
  core.configure();
  const isTaken = core.link?.engine.call((exports, id) => {
    write(exports as MqttExports, id, session);
    return (exports as MqttExports).load(id, session.length);
  });
  if (!isTaken) throw new TypeError("The stored session is of another format");
  for (const message of messages) {
    const { ticket, topic, payload, qos, retain, messageExpiry, since } = message;
    // Tickets count up.
    while (core.outbox.next() < ticket);
    core.published.set(ticket, {
      topic,
      payload,
      flags: qos | (retain ? 4 : 0),
      expiry: messageExpiry === undefined ? -1 : seconds(messageExpiry),
      messageExpiry,
      since: now() - (scope.Date.now() - since),
      options: message,
    });
    core.handed++;
    core.enqueue(ticket, {
      message: { topic, payload, qos },
      data: payload,
      key: undefined,
      quiet: false,
      sent: false,
      awaits: ACKNOWLEDGEMENT,
      repeats: true,
    });
  }
}
