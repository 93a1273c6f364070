// The numbers that the facade and the engine exchange: each name's number is its place in the list.
// The engine has the same lists, and a test of its own compares them with this file.

/** @internal */
export const STATES = [
  "idle",
  "connecting",
  "authenticating",
  "restoring",
  "open",
  "waiting",
  "suspended",
  "closing",
  "closed",
] as const;

export const SUSPENDED = ["frozen", "paused"] as const;

export const CAUSES = [
  "none",
  "closed",
  "refused",
  "connect-timeout",
  "heartbeat",
  "provider",
  "unauthorized",
  "restore",
  "sleep",
  "too-large",
  "protocol",
  "insecure",
  "reconnect",
  "page-hide",
  "paused",
  "user",
] as const;

export const CLOSED_WHY = [
  "user",
  "final",
  "unauthorized",
  "exhausted",
  "peer",
  "insecure",
  "internal",
  "aborted",
] as const;

/** @internal */
export const COMMANDS = [
  "open",
  "reconnect",
  "pause",
  "resume",
  "abort",
  "reauthenticate",
  "hold-reading",
  "release-reading",
] as const;

/** @internal */
export const QUESTIONS = ["url", "credentials", "restore"] as const;

/** @internal */
export const DROPS = [
  "queue-full",
  "expired",
  "closed",
  "too-large",
  "encode",
  "replaced",
  "timeout",
  "unconfirmed",
  "unanswered",
  "too-many-requests",
] as const;

/** @internal */
export const AWAITS = ["nothing", "confirmation", "reply", "acknowledgement"] as const;

/** @internal */
export const PROGRESS = ["queued", "sent", "requeued"] as const;

/** @internal */
export const SIGNALS = [
  "online",
  "offline",
  "hidden",
  "shown",
  "freeze",
  "resume",
  "pagehide",
  "pageshow",
] as const;

// A pong with an id k, from 1, is 16 + k; a reply to the request of ticket t is -t.
/** @internal */
export const VERDICTS = ["message", "ping", "pong", "yes", "no", "invalid"] as const;

/** @internal */
export const RULES = ["jitter", "spread", "final", "unauthorized", "delay"] as const;

/** @internal */
export const OVERFLOWS = ["reject", "drop-oldest", "drop-newest"] as const;

/** @internal */
export const PRESETS = ["none", "graphql-ws", "pusher", "centrifuge", "y-websocket"] as const;

/** @internal */
export const TIMERS = [
  "connect",
  "retry",
  "heartbeat",
  "pong",
  "probe",
  "send",
  "expiry",
  "close",
  "wake",
  "confirm",
  "renewal",
  "keep-alive",
] as const;

/** @internal */
export const OPTIONS = [
  "backoffInitial",
  "backoffMax",
  "connectTimeout",
  "maxAttempts",
  "maxElapsed",
  "heartbeatInterval",
  "heartbeatHiddenInterval",
  "heartbeatExpectEvery",
  "maxMessages",
  "maxBytes",
  "overflow",
  "ttl",
  "maxMessageSize",
  "lifecycle",
  "requireSecure",
  "auth",
  "authInsecure",
  "restore",
  "tokenSource",
  "retryAsks",
  "preset",
  "lostAt",
  "patientDials",
  "atLeastOnce",
  "confirmWithin",
  "maxRequests",
] as const;

/** @internal */
export const STATS = [
  "messagesSent",
  "messagesReceived",
  "bytesSent",
  "bytesReceived",
  "attempts",
  "reconnects",
  "connectedTime",
  "queuedMessages",
  "queuedBytes",
  "latency",
  "latencyP50",
  "latencyP95",
  "unconfirmed",
  "heldMessages",
  "heldBytes",
] as const;
