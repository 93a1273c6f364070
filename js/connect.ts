import type { Options, Provider } from "./options.js";
import { Socket } from "./socket.js";

/**
 * Opens a WebSocket that stays open: it notices dead connections, comes back in the way that fits the cause, and
 * keeps what is sent meanwhile.
 *
 * @param url Absolute or relative to the page, with `ws(s):` or `http(s):`; or a function, called anew for each attempt.
 * @param options See {@link Options}. `Out` is the type of messages sent, `In` of those received.
 * @throws {OptionError} An option is unknown or wrong: the message names it, its value and the cure.
 * @throws {WasmUnavailable} WebAssembly could not be compiled, as under a Content-Security-Policy without
 *   `'wasm-unsafe-eval'`.
 *
 * @example
 * const socket = connect<ClientMessage, ServerMessage>("wss://example.com/live", {
 *   heartbeat: { ping: { type: "ping" }, isPong: (message) => message.type === "pong" },
 * });
 * socket.subscribe((message) => show(message));
 * socket.send({ type: "say", text: "hi" });
 */
export function connect<Out = unknown, In = unknown>(
  url: Provider<string | URL>,
  options: Options<Out, In> = {},
): Socket<Out, In> {
  return new Socket(url, options);
}
