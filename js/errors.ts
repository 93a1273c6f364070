import type { SchemaIssue } from "./schema.js";

/** What went wrong, as one word to switch over. */
export type ErrorCode =
  /** An option or argument is wrong: the message names it, its value and the cure. */
  | "option"
  /** WebAssembly could not be compiled. */
  | "wasm-unavailable"
  /** The engine failed: a bug of ours. */
  | "internal"
  /** An attempt failed before the socket was open. */
  | "refused"
  | "connect-timeout"
  | "unauthorized"
  | "protocol"
  | "insecure"
  /** The application's own provider or restore step failed: see `cause`. */
  | "provider"
  | "restore"
  /** A message could not be encoded, or a frame not decoded: see `cause`. */
  | "encode"
  | "decode"
  /** It does not fit the schema: see `issues`. */
  | "schema"
  /** A reply that no request waits for: it is late, doubled, or to nobody. */
  | "unmatched"
  /** A limit was exceeded. */
  | "too-large"
  | "queue-full"
  | "overrun"
  | "too-many-requests"
  /** A message was given up. */
  | "expired"
  | "closed"
  | "replaced"
  /** What was awaited did not come in time. */
  | "timeout"
  /** It was sent, and the connection ended before a pong confirmed it, or before the reply. */
  | "unconfirmed"
  | "unanswered"
  /** The broker or the protocol refuses it: see `reason` of {@link StompError}, in `tautline/stomp`. */
  | "stomp"
  /** The broker has said no, or what was asked for cannot be said in MQTT: see `MqttError.reasonCode` of `tautline/mqtt`. */
  | "mqtt";

/** What happened, and what to look at. Browsers hide why a connection was refused, so the text names the suspects. */
const TEXTS: { readonly [code in ErrorCode]?: string } = {
  "wasm-unavailable":
    "WebAssembly is blocked: allow 'wasm-unsafe-eval' in script-src, or at the edge use tautline/slim",
  internal: "The engine failed: please report it",
  refused: "Not connected: server down, HTTP 401, 403 or 503, a proxy, or no common subprotocol",
  "connect-timeout": "Not open within connectTimeout",
  unauthorized: "Credentials refused: check the token",
  protocol: "No subprotocol selected: check protocols",
  insecure: "ws: is blocked by requireSecure, auth.insecure or as mixed content: use wss:",
  provider: "A provider failed: see cause",
  restore: "restore failed: see cause",
  encode: "Not encoded: see cause",
  decode: "Not decoded: see cause",
  schema: "Does not fit the schema: see issues",
  unmatched: "No request waits for this reply",
  "too-large": "Above maxMessageSize or queue.maxBytes",
  "queue-full": "Above queue.maxMessages or queue.maxBytes",
  "too-many-requests": "Above requests.max",
  overrun: "Above highWaterMark: consumer too slow",
  expired: "Not sent within its ttl",
  closed: "The socket is closed: reconnect() opens it",
  replaced: "A newer message has the same key",
  timeout: "Not done in time",
  unconfirmed: "Sent, not confirmed: it may have arrived",
  unanswered: "Sent, not answered: it may be done",
};

/** Every error of this library. The message says what happened and names the cure; it holds no token and no query string. */
export class TautlineError extends Error {
  /** What went wrong, as one word. */
  readonly code: ErrorCode;

  /** @internal */
  constructor(code: ErrorCode, cause?: unknown, text = TEXTS[code]) {
    super(text, cause ? { cause } : undefined);
    this.name = "TautlineError";
    this.code = code;
  }
}

/** An option or argument was wrong (code `option`). Thrown at once, where it was given. */
export class OptionError extends TautlineError {
  /** @internal */
  constructor(option: string, value: unknown, expected: string, isPublic?: unknown) {
    // A text in the wrong place may be a token: it is shown only where no token can be expected.
    const hidden = Object(value) === value || (typeof value === "string" && !isPublic);
    const got = hidden ? typeof value : String(value ?? "nothing");
    super("option", undefined, `${option}: got ${got}, expected ${expected}`);
  }
}

/**
 * WebAssembly could not be compiled (code `wasm-unavailable`). The usual causes are a
 * Content-Security-Policy without `'wasm-unsafe-eval'` in `script-src`, and lockdown modes. Edge runtimes compile nothing while
 * they run: there `tautline/slim` takes the module that was compiled before.
 */
export class WasmUnavailable extends TautlineError {}

/** The engine failed, which is a bug of this library (code `internal`). Every socket of its instance is closed. */
export class InternalError extends TautlineError {}

/** An attempt or connection failed (codes `refused`, `connect-timeout`, `unauthorized`, `protocol`, `insecure`, `too-large`). */
export class ConnectError extends TautlineError {}

/** A function of the application failed: a provider or `auth.message` (code `provider`), or `restore`. `cause` is what it threw. */
export class ProviderError extends TautlineError {}

/** A message could not be encoded (code `encode`), or a frame not decoded (`decode`). `cause` is what the codec threw. */
export class CodecError extends TautlineError {}

/** A message or a reply does not fit the schema (code `schema`). */
export class SchemaError extends TautlineError {
  /** What does not fit, in the words of the schema's library. */
  readonly issues: readonly SchemaIssue[];

  /** @internal */
  constructor(issues: readonly SchemaIssue[], cause?: unknown) {
    super("schema", cause);
    this.issues = issues;
  }
}

/**
 * A message or a request was given up (codes `queue-full`, `expired`, `closed`, `too-large`, `replaced`, `timeout`,
 * `unconfirmed`, `unanswered`, `too-many-requests`).
 */
export class DropError extends TautlineError {
  /** Whether it had left: if so, the server may have received it, and if not, it has not and will not. */
  readonly sent: boolean;

  /** @internal */
  constructor(code: ErrorCode, sent: boolean) {
    super(code);
    this.sent = sent;
  }
}
