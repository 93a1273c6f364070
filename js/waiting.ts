// Promises about all that is under way, and about credentials.

import type { Core } from "./core.js";
import { OptionError, type TautlineError } from "./errors.js";
import type { WaitOptions } from "./options.js";
import { scope } from "./scope.js";
import { isCount } from "./settings.js";
import { wait } from "./wait.js";
import { STATS } from "./wire.js";

/** How often to look whether the browser has sent what it holds: it does not tell. */
const POLL_MS = 20;
const HELD_MESSAGES = STATS.indexOf("heldMessages");
const HELD_BYTES = STATS.indexOf("heldBytes");
/** The place of `reauthenticate` in COMMANDS. */
const REAUTHENTICATE = 5;

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

/** Asks for new credentials; `auth` is what the options say of that. */
export const reauthenticate = (core: Core, auth: unknown, options: WaitOptions): Promise<void> =>
  wait(options, (resolve, reject) => {
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
