/**
 * The other side answered with an error, or a handler of ours is to answer with one.
 *
 * @example
 * rpc.handle("transfer", ({ amount }) => {
 *   if (amount > limit) throw new JsonRpcError(1001, "Too much", { limit });
 * });
 */
export class JsonRpcError extends Error {
  /** A number of the server's own, or one of those that JSON-RPC 2.0 (section 5.1) reserves, from -32768 to -32000. */
  readonly code: number;
  /** What the other side says beside the message. */
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = "JsonRpcError";
    this.code = code;
    this.data = data;
  }
}

// JSON-RPC 2.0, section 5.1.
export const METHOD_NOT_FOUND = -32601;
export const INTERNAL_ERROR = -32603;
/** The first of the errors that servers define. */
const SERVER_ERROR = -32000;

/** The error object of a reply, whatever it holds. */
export function errorOf(value: unknown): JsonRpcError {
  const { code, message, data } = Object(value) as {
    code: unknown;
    message: unknown;
    data: unknown;
  };
  return typeof code === "number"
    ? new JsonRpcError(code, String(message ?? ""), data)
    : new JsonRpcError(SERVER_ERROR, String(message ?? "Server error"), value);
}
