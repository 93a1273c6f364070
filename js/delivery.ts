// Promises about messages: sent, confirmed, answered.

import { check } from "./check.js";
import { sizeOf } from "./codec.js";
import { OptionError } from "./errors.js";
import { DELIVER, REQUEST } from "./message-settings.js";
import { CONFIRMATION, type Messages, REPLY } from "./messages.js";
import type { DeliverOptions, RequestOptions } from "./options.js";
import { wait } from "./wait.js";

export const deliver = (core: Messages, message: unknown, options: DeliverOptions): Promise<void> =>
  wait({ signal: options.signal }, (resolve, reject) => {
    check(options, DELIVER, "options");
    const { until, timeout, ttl, key } = options;
    const awaits = until === "confirmed" ? CONFIRMATION : 0;
    const { heartbeat, repeats } = core.settings;
    if (awaits && heartbeat?.ping === undefined) {
      throw new OptionError("options.until", until, "heartbeat.ping and isPong", 1);
    }
    const data = core.frame(message);
    if (!awaits && core.link?.engine.pass(data, sizeOf(data) as number) && core.link) {
      resolve();
      return () => {};
    }
    const ticket = core.outbox.next();
    const entry = { message, data, key, quiet: false, sent: false, awaits, repeats };
    core.enqueue(ticket, { ...entry, resolve: resolve as () => void, reject }, ttl, timeout);
    return () => core.withdraw(ticket);
  });

export const request = (
  core: Messages,
  message: unknown,
  options: RequestOptions,
): Promise<unknown> =>
  wait({ signal: options.signal }, (resolve, reject) => {
    check(options, REQUEST, "options");
    const { requests } = core.settings;
    if (!requests) throw new OptionError("options.requests", requests, "id and stamp");
    const { timeout = requests.timeout ?? 30_000, idempotent: repeats = false } = options;
    const ticket = core.outbox.next();
    const data = core.encode(core.checked(message), (value) => requests.stamp(value, ticket));
    const entry = { message, data, key: undefined, quiet: false, sent: false, awaits: REPLY };
    core.enqueue(ticket, { ...entry, repeats, resolve, reject }, 0, timeout);
    return () => core.withdraw(ticket);
  });
