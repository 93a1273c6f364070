// Calls that are none of the core's requests: those of the restore step, which leave before anything that was queued,
// and those that it has given up.

import type { RestoreSend } from "../index.js";
import { call, type Reply, resultOf, ticketOf } from "./message.js";
import type { RestoreCall } from "./options.js";

export class Restoring {
  /** By their ids, or by the numbers of the core's. */
  readonly waiting = new Map<unknown, (reply: Reply) => void>();
  #last = 0;
  /** Sends past the queue, while this step lasts. */
  send: RestoreSend<unknown> = () => "dropped";

  /** What makes calls during one attempt; they reject when it is given up. */
  over(send: RestoreSend<unknown>, signal: AbortSignal): RestoreCall {
    this.send = send;
    return async (method, params) => {
      // The core's requests have numbers.
      const id = `restore-${++this.#last}`;
      let abort = () => {};
      try {
        const answer = new Promise<Reply>((resolve, reject) => {
          abort = () => reject(signal.reason);
          signal.addEventListener("abort", abort);
          this.waiting.set(id, resolve);
          if (send(call(method, params, id)) === "dropped") abort();
        });
        return resultOf(await answer);
      } finally {
        signal.removeEventListener("abort", abort);
        this.waiting.delete(id);
      }
    };
  }

  accept(reply: Reply): void {
    this.waiting.get(ticketOf(reply) ?? reply.id)?.(reply);
  }
}
