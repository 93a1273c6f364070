/// <reference lib="esnext.disposable" preserve="true" />
import { check } from "../check.js";
import type { WaitOptions } from "../options.js";
import { WAIT } from "../settings.js";
import type { StompClient } from "./client.js";
import type { StompCore } from "./core.js";
import { StompError } from "./error.js";
import type { StompMessage } from "./message.js";
import type { FrameOptions, StompSendOptions } from "./options.js";

const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/**
 * What {@link StompClient.begin} gives: messages and acknowledgements that take effect together, or not at all. It does not
 * outlive its connection: where that breaks, the broker forgets it, and everything here throws `stale`.
 *
 * @example
 * await using transaction = client.begin();
 * transaction.send("/queue/done", result);
 * transaction.ack(message);
 * await transaction.commit(); // without it, the end of the block aborts
 */
export class Transaction {
  /** Its name on the wire. */
  readonly id: string;
  readonly #client: StompClient;
  readonly #core: StompCore;
  readonly #bound: number;
  #isOver = false;

  /** @internal */
  constructor(client: StompClient, core: StompCore) {
    const { generation } = core;
    if (generation === undefined) throw new StompError("not-open");
    this.#client = client;
    this.#core = core;
    this.#bound = generation;
    this.id = `t${++core.transactions}`;
    core.post({ verb: "BEGIN", fields: this.fields, bound: generation });
  }

  /** @internal */
  get fields(): { transaction: string } {
    return { transaction: this.id };
  }

  /**
   * The connection that it belongs to.
   *
   * @internal
   */
  alive(): number {
    if (this.#isOver) throw new StompError("settled");
    if (this.#core.generation !== this.#bound) throw new StompError("stale");
    return this.#bound;
  }

  /** Sends a message as part of it, as {@link StompClient.send}. */
  send(
    destination: string,
    body?: string | BufferSource,
    options?: Omit<StompSendOptions, "transaction">,
  ): unknown {
    return this.#client.send(destination, body, { ...options, transaction: this });
  }

  /** Acknowledges a message as part of it. */
  ack(message: StompMessage<never>, options?: Omit<FrameOptions, "transaction">): unknown {
    return message.ack({ ...options, transaction: this });
  }

  /** Refuses a message as part of it. */
  nack(message: StompMessage<never>, options?: Omit<FrameOptions, "transaction">): unknown {
    return message.nack({ ...options, transaction: this });
  }

  /**
   * Makes all of it take effect. Resolves when the broker says so.
   *
   * @throws {StompError} `stale`: the connection broke, and nothing took effect. `settled`: it is over already.
   * @throws {DropError} `unconfirmed`: the connection broke after COMMIT was sent: it may have taken effect.
   */
  commit(options: WaitOptions = {}): Promise<void> {
    return this.#finish("COMMIT", options);
  }

  /** Makes the broker forget all of it. Resolves when the broker says so, also if the connection broke. */
  abort(options: WaitOptions = {}): Promise<void> {
    return this.#finish("ABORT", options).catch((error) => {
      // Nothing of it takes effect either way.
      if (error.code !== "unconfirmed" && error.reason !== "stale") throw error;
    });
  }

  async #finish(verb: "COMMIT" | "ABORT", options: WaitOptions): Promise<void> {
    check(options, WAIT, "options");
    const bound = this.alive();
    this.#isOver = true;
    await this.#core.settle({ verb, fields: this.fields, bound }, options);
  }

  /** Aborts it, unless it is over. */
  async [asyncDispose](): Promise<void> {
    if (!this.#isOver) await this.abort();
  }
}
