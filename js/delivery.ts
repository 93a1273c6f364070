// Promises about messages (sent, confirmed, answered, drained) and about credentials.

import { check } from "./check.js";
import { sizeOf } from "./codec.js";
import { CONFIRMATION, type Core, REPLY } from "./core.js";
import { OptionError, type TautlineError } from "./errors.js";
import type { DeliverOptions, RequestOptions, WaitOptions } from "./options.js";
import { scope } from "./scope.js";
import { DELIVER, isCount, REQUEST } from "./settings.js";
import { wait } from "./wait.js";
import { STATS } from "./wire.js";

/** How often to look whether the browser has sent what it holds: it does not tell. */
const POLL_MS = 20;
const HELD_MESSAGES = STATS.indexOf("heldMessages");
const HELD_BYTES = STATS.indexOf("heldBytes");
/** The place of `reauthenticate` in COMMANDS. */
const REAUTHENTICATE = 5;

export const deliver = (core: Core, message: unknown, options: DeliverOptions): Promise<void> =>
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

export const request = (core: Core, message: unknown, options: RequestOptions): Promise<unknown> =>
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

/** Waits until no more than so many bytes and messages are held; without a number of bytes, until nothing is. */
export const drained = (
  core: Core,
  bytes: number | undefined,
  options: WaitOptions,
  messages = Infinity,
): Promise<void> =>
  wait(options, (resolve, reject) => {
    if (bytes !== undefined && !isCount(bytes)) {
      throw new OptionError("bytes", bytes, "a number from 0 to 2 ** 31 - 1", 1);
    }
    let timer: unknown;
    const look = () => {
      const { native, engine } = core.link ?? {};
      if (!engine || core.state.name === "closed") return reject(core.closure());
      // A socket that is closing drops what it holds.
      const buffered = native?.readyState === 1 ? native.bufferedAmount : 0;
      const count = engine.stat(HELD_MESSAGES);
      const held = bytes === undefined ? count : engine.stat(HELD_BYTES);
      if (buffered + held <= (bytes ?? 0) && count <= messages) resolve();
      else timer = scope.setTimeout(look, POLL_MS);
    };
    look();
    return () => scope.clearTimeout(timer as never);
  });

export const reauthenticate = (core: Core, options: WaitOptions): Promise<void> =>
  wait(options, (resolve, reject) => {
    const { auth } = core.settings;
    if (!auth) throw new OptionError("options.auth", auth, "message and accept");
    const { renewals } = core;
    const settle = (error?: TautlineError) => {
      renewals.delete(settle);
      if (error) reject(error);
      else resolve();
    };
    if (core.link && core.state.name !== "closed") {
      renewals.add(settle);
      core.link.engine.command(REAUTHENTICATE);
    } else {
      reject(core.closure());
    }
    return () => renewals.delete(settle);
  });
