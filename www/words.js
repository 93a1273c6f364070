// The engine's states and causes in plain words. Nothing here touches the socket or the page.

const STATES = {
  idle: ["Not started", "The engine is loading."],
  connecting: ["Connecting", "Dialling the server."],
  authenticating: ["Signing in", "The token is checked; nothing else leaves yet."],
  restoring: ["Catching up", "Asking for what was missed; the queue is next."],
  open: ["Connected", "Messages leave at once."],
  waiting: ["Waiting", "Messages are queued. Reconnect dials at once."],
  suspended: ["Paused", "No attempts until you resume. Messages are queued."],
  closing: ["Closing", "Saying goodbye."],
  closed: ["Closed", "For good, until you reconnect."],
};

const CLOSED = {
  user: "You closed it. It stays so until you reconnect.",
  final: "The server said not to come back, so nothing is tried.",
  unauthorized: "The token was refused, a fresh one too.",
  exhausted: "It gave up after the attempts it was allowed.",
  peer: "The server kept breaking the rules.",
  insecure: "Credentials are not sent over an unencrypted link.",
  internal: "The engine failed. Reload the page.",
  aborted: "It was aborted.",
};

/** The name of a state for people. */
export function stateName(state) {
  if (state.name === "suspended" && state.why === "frozen") return "Frozen by the browser";
  if (state.name === "closed" && state.why === "unauthorized") return "Signed out";
  return STATES[state.name][0];
}

/** One sentence about a state. */
export function stateDetail(state) {
  if (state.name === "closed") return CLOSED[state.why] ?? STATES.closed[1];
  return STATES[state.name][1];
}

const CAUSES = {
  refused: "The server could not be reached",
  "connect-timeout": "The server did not answer in time",
  heartbeat: "Nothing was heard any more, not even an answer to a ping",
  provider: "The address or the token could not be had",
  unauthorized: "The server refused the token",
  restore: "Catching up failed",
  sleep: "The computer slept",
  "too-large": "A message was larger than allowed",
  protocol: "The server did not take the subprotocol",
  insecure: "Credentials are not sent over an unencrypted link",
  reconnect: "You asked for a new connection",
  "page-hide": "The page was put away",
  paused: "You paused it",
  user: "You closed it",
};

const CODES = {
  1000: "The server said goodbye",
  1001: "The server is going away",
  1005: "The server closed without saying why",
  1006: "The connection broke without a goodbye",
  1011: "The server failed",
  1012: "The server is restarting",
  1013: "The server is busy",
  4401: "The server refused the token",
};

/** Why a link ended, in one phrase. */
export function causeInWords(cause) {
  if (!cause) return "Unknown";
  if (CAUSES[cause.kind]) return CAUSES[cause.kind];
  const words = CODES[cause.code] ?? "The server closed the connection";
  return `${words} (${[cause.code, cause.reason].filter(Boolean).join(" ")})`;
}

const DROPS = {
  "queue-full": "the queue is full",
  closed: "the socket was closed",
  unconfirmed: "the connection ended before a pong",
};

/** Why a message was given up, in one phrase. */
export function dropInWords(error) {
  return DROPS[error.code] ?? error.code;
}

/** 850 → "850 ms", 12_300 → "12.3 s", 190_000 → "3 min 10 s". */
export function duration(ms) {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`;
}

/** 1_536 → "1.5 kB". */
export function bytes(count) {
  if (count < 1_000) return `${count} B`;
  if (count < 1_000_000) return `${(count / 1_000).toFixed(1)} kB`;
  return `${(count / 1_000_000).toFixed(1)} MB`;
}

/** Milliseconds for an instrument: 0.4, 3.1, 48. */
export function fineMs(ms) {
  return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}

/** An error as one line: its code, and the first sentence of its message. */
export function errorInWords(error) {
  return `${error.code}: ${error.message.split(/[.:] /)[0]}`;
}
