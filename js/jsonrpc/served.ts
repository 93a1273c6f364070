// What the server asks of us: methods with handlers.

import { INTERNAL_ERROR, JsonRpcError, METHOD_NOT_FOUND } from "./error.js";
import { type Call, isCall, type Message, type Reply } from "./message.js";
import type { Handler } from "./options.js";

export class Served {
  readonly #handlers = new Map<string, Handler>();

  set(method: string, handler: Handler): () => void {
    this.#handlers.set(method, handler);
    return () => {
      if (this.#handlers.get(method) === handler) this.#handlers.delete(method);
    };
  }

  /** What to answer to a message: one reply, those of a batch, or nothing. */
  async answer(
    message: Message | readonly Message[],
    signal: AbortSignal,
  ): Promise<Reply | Reply[] | undefined> {
    if (!Array.isArray(message)) return this.#carryOut(message as Call, signal);
    const replies = message.filter(isCall).map((call) => this.#carryOut(call, signal));
    const known = (await Promise.all(replies)).filter((reply) => reply !== undefined);
    return known.length > 0 ? known : undefined;
  }

  async #carryOut({ method, params, id }: Call, signal: AbortSignal): Promise<Reply | undefined> {
    const handler = this.#handlers.get(method);
    try {
      if (!handler) throw new JsonRpcError(METHOD_NOT_FOUND, "Method not found");
      const result = await handler((params ?? []) as never, { signal });
      return id === undefined ? undefined : { jsonrpc: "2.0", id, result: result ?? null };
    } catch (error) {
      const isMeant = error instanceof JsonRpcError;
      if (!isMeant) (globalThis.reportError ?? console.error)(error);
      if (id === undefined) return undefined;
      // What a handler happens to throw is nobody's business out there.
      const { code, message, data } = isMeant
        ? error
        : new JsonRpcError(INTERNAL_ERROR, "Internal error");
      return { jsonrpc: "2.0", id, error: { code, message, data } };
    }
  }
}
