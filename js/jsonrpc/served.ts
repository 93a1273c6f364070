// What the server asks of us: methods with handlers.

import { INTERNAL_ERROR, JsonRpcError, METHOD_NOT_FOUND } from "./error.js";
import type { Call } from "./message.js";
import type { Handler } from "./options.js";

export class Served {
  readonly #handlers = new Map<string, Handler>();

  set(method: string, handler: Handler): () => void {
    this.#handlers.set(method, handler);
    return () => {
      if (this.#handlers.get(method) === handler) this.#handlers.delete(method);
    };
  }

  /** The texts of the replies to calls: to notifications there are none. */
  async answer(calls: readonly Call[], signal: AbortSignal): Promise<string[]> {
    const replies = await Promise.all(calls.map((call) => this.#carryOut(call, signal)));
    return replies.filter((reply) => reply !== undefined);
  }

  #carryOut({ method, params, id }: Call, signal: AbortSignal): Promise<string | undefined> {
    const reply = (name: string, value: unknown) => {
      if (id === undefined) return undefined;
      const text = JSON.stringify(value ?? null);
      // A function, for one: left out, there would be neither result nor error.
      if (!text) throw new TypeError("No JSON");
      return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"${name}":${text}}`;
    };
    const run = async () => {
      const handler = this.#handlers.get(method);
      if (!handler) throw new JsonRpcError(METHOD_NOT_FOUND, "Method not found");
      return reply("result", await handler((params ?? []) as never, { signal }));
    };
    const fail = (error: unknown) => {
      const isMeant = error instanceof JsonRpcError;
      if (!isMeant) (globalThis.reportError ?? console.error)(error);
      // What a handler happens to throw is nobody's business out there.
      const { code, message, data } = isMeant
        ? error
        : new JsonRpcError(INTERNAL_ERROR, "Internal error");
      return reply("error", { code, message, data });
    };
    // Twice: the data of an error may be no JSON either.
    return run().catch(fail).catch(fail);
  }
}
