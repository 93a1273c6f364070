// JSON-RPC 2.0 (https://www.jsonrpc.org/specification) on the core's requests.

import type { Provider } from "../index.js";
import { JsonRpc } from "./client.js";
import type { JsonRpcOptions, Methods, MethodsOf } from "./options.js";

export type { Batch } from "./batch.js";
export { JsonRpc } from "./client.js";
export { JsonRpcError } from "./error.js";
export type { Incoming, Params } from "./message.js";
export type {
  CallArguments,
  CallOptions,
  CallTo,
  Handler,
  HandlerContext,
  JsonRpcAuth,
  JsonRpcHeartbeat,
  JsonRpcOptions,
  Methods,
  MethodsOf,
  ParamsOf,
  ReceivedParams,
  RestoreCall,
  ResultOf,
  SubscribeOptions,
} from "./options.js";
export type { Subscription } from "./subscription.js";

/**
 * Connects to a JSON-RPC 2.0 server and stays connected: calls, notifications, batches, calls of the server, and
 * subscriptions that are made again after a break.
 *
 * @param url As for `connect`.
 * @param options See {@link JsonRpcOptions}. `Remote` describes the server's methods, `Local` ours that it may call.
 * @throws {OptionError} An option is unknown or wrong.
 * @throws {WasmUnavailable} WebAssembly could not be compiled.
 *
 * @example
 * type Remote = { add(a: number, b: number): number; log(line: string): void };
 * const rpc = connectJsonRpc<Remote>("wss://example.com/rpc", { heartbeat: { method: "ping" } });
 * const sum = await rpc.call("add", [1, 2]);
 */
export function connectJsonRpc<
  Remote extends MethodsOf<Remote> = Methods,
  Local extends MethodsOf<Local> = Methods,
>(url: Provider<string | URL>, options: JsonRpcOptions = {}): JsonRpc<Remote, Local> {
  return new JsonRpc(url, options);
}
