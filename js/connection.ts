/// <reference lib="esnext.disposable" preserve="true" />
import { check } from "./check.js";
import type { Core } from "./core.js";
import { OptionError } from "./errors.js";
import type { WaitOptions } from "./options.js";
import { scope } from "./scope.js";
import { CLOSE } from "./settings.js";
import type { State } from "./state.js";
import { resolveUrl } from "./url.js";
import { wait } from "./wait.js";
import { STATS } from "./wire.js";

/** Figures since connect(). Bytes of text are counted in UTF-16 units. */
export interface Stats {
  /** Messages of `send` that were handed to native sockets; pings, pongs, credentials and the restore step not counted. */
  readonly messagesSent: number;
  /** Frames received, pongs and replies to credentials too. */
  readonly messagesReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Dials. */
  readonly attempts: number;
  /** Connections that opened after an earlier one. */
  readonly reconnects: number;
  /** In ms. */
  readonly connectedTime: number;
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** The last round trip of the heartbeat in ms, the median and the 95th percentile of the last 64. NaN when unknown. */
  readonly latency: number;
  readonly latencyP50: number;
  readonly latencyP95: number;
  /** Messages handed to the current or last connection that no pong has confirmed. */
  readonly unconfirmed: number;
  /** What counts against the bounds of `queue`: messages in it, and those kept until a pong confirms them. */
  readonly heldMessages: number;
  readonly heldBytes: number;
}

// Where the symbol is missing, compilers that lower `await using` look for this one.
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** What everything has that comes back: where it stands, and what can be asked of it whatever it talks about. */
export class Connection extends EventTarget {
  readonly #core: Core;

  /** @internal */
  constructor(core: Core) {
    super();
    const { url, settings } = core;
    if (typeof url !== "function") resolveUrl(url);
    core.target = this;
    this.#core = core;
    core.start();
    if (settings.signal?.aborted) scope.queueMicrotask(core.abort);
    else if (settings.autoConnect !== false) this.open();
  }

  /** Where the socket stands; the event `state` tells of changes. */
  get state(): State {
    return this.#core.state;
  }

  /** The subprotocol that the server of the current connection selected, or "". */
  get protocol(): string {
    const { native } = this;
    return native?.readyState === 1 ? native.protocol : "";
  }

  /**
   * The native socket of the last attempt, for `tautline/websocket`.
   *
   * @internal
   */
  get native(): WebSocket | undefined {
    return this.#core.link?.native;
  }

  /** Dials, with `autoConnect: false`. Does nothing once that has happened. */
  open(): void {
    this.#core.link?.engine.command(0);
  }

  /**
   * Resolves when the socket is open: at once if it is.
   *
   * @throws {TautlineError} `closed`: the socket is closed, or closes first; `cause` is the last error, or what
   *   closed it.
   * @throws {TautlineError} `timeout`.
   * @throws The signal's reason when `signal` aborts.
   */
  opened(options: WaitOptions = {}): Promise<void> {
    const core = this.#core;
    return wait(options, (resolve, reject) =>
      core.once(["open", "closed"], (name) => {
        if (name === "open") resolve();
        else reject(core.closure());
      }),
    );
  }

  /**
   * Closes the socket until reconnect(). Resolves when it is closed, within `drain` + 1 s also on a dead connection.
   * With `drain`, what is queued may still leave for that many ms; what remains is dropped.
   *
   * @throws {OptionError} At once: `code` is neither 1000 nor 3000–4999, or `reason` is longer than 123 bytes.
   */
  close(code?: number, reason = "", options: { drain?: number } = {}): Promise<void> {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999 && code % 1 === 0)) {
      throw new OptionError("code", code, "1000, or 3000 to 4999", 1);
    }
    if (new Blob([reason]).size > 123) {
      throw new OptionError("reason", reason, "at most 123 bytes");
    }
    check(options, CLOSE, "options");
    const core = this.#core;
    core.link?.engine.close(code ?? (reason ? 1000 : 0), `${reason}`, options.drain ?? 0);
    return new Promise((resolve) => {
      core.once(["closed"], () => resolve());
    });
  }

  /** Dials now: instead of waiting, in place of the current connection, or after close(). Not after an abort or dispose. */
  reconnect(): void {
    const core = this.#core;
    if (core.isDisposed || core.settings.signal?.aborted) return;
    // A closed engine that has not left yet begins anew by itself: there is never a second one.
    core.holds.delete(core);
    if (core.link) {
      core.link.engine.command(1);
    } else {
      core.start();
      this.open();
    }
    // The room of an iterator that is full does not grow by that.
    for (const who of core.holds) core.hold(who);
  }

  /** Closes the connection and stays without one until resume() or reconnect(). What is sent meanwhile is queued. */
  pause(): void {
    const core = this.#core;
    // There is nothing to hold before open(), and nothing will end it.
    if (core.state.name !== "idle") core.hold(core);
  }

  /** Ends pause(). */
  resume(): void {
    this.#core.release(this.#core);
  }

  /** Figures since connect(). */
  stats(): Stats {
    const stats = this.#core.stats();
    return Object.fromEntries(STATS.map((name, index) => [name, stats[index]])) as never;
  }

  /** Closes the socket for good: `await using socket = connect(url)`. */
  [asyncDispose](): Promise<void> {
    this.#core.isDisposed = true;
    return this.close();
  }
}
