// Messages as JSON-RPC 2.0 (sections 4 to 6) has them, and which of them is what.

import type { Codec } from "../index.js";
import { errorOf } from "./error.js";

export type Id = number | string | null;
/** By position, or by name. */
export type Params = readonly unknown[] | object;

export interface Call {
  readonly jsonrpc: "2.0";
  readonly method: string;
  readonly params?: Params | undefined;
  readonly id?: Id;
}

export interface Reply {
  readonly jsonrpc: "2.0";
  readonly id: Id;
  readonly result?: unknown;
  readonly error?: unknown;
}

export type Message = Call | Reply;
export type Incoming = Message | readonly Message[];

export const call = (method: string, params: Params | undefined, id?: Id): Call => ({
  jsonrpc: "2.0",
  method,
  ...(params && { params }),
  ...(id !== undefined && { id }),
});

export const isCall = (message: Message): message is Call =>
  typeof (message as Call).method === "string";

const isReply = (message: Message): message is Reply => "result" in message || "error" in message;

/** The members of a batch, or the message itself. */
export const listOf = (message: Incoming): readonly Message[] =>
  Array.isArray(message) ? message : [message as Message];

/** JSON text; whatever is no message of JSON-RPC does not decode. */
export const codec: Codec<unknown, Incoming> = {
  encode: (message) => JSON.stringify(message),
  decode(frame) {
    const message = JSON.parse(frame as string) as Incoming;
    const all = listOf(message);
    if (all.length === 0) throw new TypeError("An empty batch");
    const known = all.filter((one) => {
      if (Object(one) !== one || !(isCall(one) || isReply(one))) {
        throw new TypeError("No message of JSON-RPC");
      }
      return isCall(one) || one.id !== null;
    });
    // What the server could not read has no id: nobody can tell which of our messages it was.
    if (known.length === 0) throw errorOf((all[0] as Reply).error);
    return all === message ? known : message;
  },
};

/** An id of two parts: of a batch's `index`-th member, where the batch has the number `ticket`, or of a heartbeat. */
export const dotted = (ticket: number | string, index: number): string => `${ticket}.${index}`;

/**
 * The number of the call or batch of ours that a message replies to: also where a server makes texts of numbers, or leaves
 * the list away around the only reply to a batch.
 */
export function ticketOf(message: Incoming): number | undefined {
  const first = (Array.isArray(message) ? message[0] : message) as Message;
  if (isCall(first)) return undefined;
  const found = /^(\d+)(\.\d+)?$/.exec(String(first.id));
  return found ? Number(found[1]) : undefined;
}

/** What a reply says. */
export function resultOf(reply: Reply): unknown {
  if ("error" in reply && reply.error !== null) throw errorOf(reply.error);
  return reply.result;
}

/** As with the core's promises, a rejection that nobody looks at is not an unhandled one. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
