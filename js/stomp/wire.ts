// The numbers that the facade and the engine exchange besides those of ../wire.ts: each name's number is its place in the
// list. A test compares them with the engine's.

/** @internal */
export const VERSIONS = ["1.0", "1.1", "1.2"] as const;

/** @internal */
export const ACKS = ["auto", "client", "client-individual"] as const;

/** @internal */
export const VERBS = ["SEND", "ACK", "NACK", "BEGIN", "COMMIT", "ABORT"] as const;

/** Why a frame cannot leave. */
export const REFUSALS = ["stale", "header", "unsupported", "auto", "settled"] as const;

/** How a broker can break the protocol. */
export const VIOLATIONS = [
  "command",
  "header",
  "escape",
  "encoding",
  "missing-header",
  "content-length",
  "terminator",
  "body",
  "order",
  "version",
  "heart-beat",
  "header-count",
  "header-size",
  "body-size",
] as const;
