// What the tests see and play of the browser: what is live, strays, scripted sockets, events, the test server.

// Kept before they are watched: the tests' own use of them is not counted.
const own = {
  setTimeout: globalThis.setTimeout.bind(globalThis),
  clearTimeout: globalThis.clearTimeout.bind(globalThis),
  addEventListener: globalThis.addEventListener.bind(globalThis),
};

// --- timers --------------------------------------------------------------------------------------------------------

const timers = new Set();
let timersAtMost = 0;
let timerCalls = 0;

globalThis.setTimeout = (act, delay, ...rest) => {
  timerCalls += 1;
  const id = own.setTimeout(() => {
    timers.delete(id);
    act(...rest);
  }, delay);
  timers.add(id);
  timersAtMost = Math.max(timersAtMost, timers.size);
  return id;
};

globalThis.clearTimeout = (id) => {
  timerCalls += 1;
  timers.delete(id);
  own.clearTimeout(id);
};

export const liveTimers = () => timers.size;
export const callsOfTimers = () => timerCalls;

/** The most timers that were live at a time since this was asked last. */
export function mostTimers() {
  const most = timersAtMost;
  timersAtMost = timers.size;
  return most;
}

// --- the clock -----------------------------------------------------------------------------------------------------

let clockReads = 0;
const now = Date.now;
Date.now = () => {
  clockReads += 1;
  return now.call(Date);
};

export const readsOfClock = () => clockReads;

// --- listeners of page and network ---------------------------------------------------------------------------------

const listeners = new Map();
for (const target of [globalThis, globalThis.document]) if (target) watch(target);

function watch(target) {
  const { addEventListener, removeEventListener } = target;
  const those = (type) => {
    const key = `${target === globalThis ? "scope" : "document"} ${type}`;
    if (!listeners.has(key)) listeners.set(key, new Set());
    return listeners.get(key);
  };
  target.addEventListener = (type, listener, ...rest) => {
    those(type).add(listener);
    addEventListener.call(target, type, listener, ...rest);
  };
  target.removeEventListener = (type, listener, ...rest) => {
    those(type).delete(listener);
    removeEventListener.call(target, type, listener, ...rest);
  };
}

export function liveListeners() {
  let sum = 0;
  for (const those of listeners.values()) sum += those.size;
  return sum;
}

// --- strays --------------------------------------------------------------------------------------------------------

const strays = [];
const stray = (event) => {
  strays.push(String(event.reason ?? event.error ?? event.message));
  event.preventDefault(); // a planted one would end up in the runner's own report
};
own.addEventListener("error", stray);
own.addEventListener("unhandledrejection", stray);

/** Uncaught errors and unhandled rejections since this was asked last. */
export const takeStrays = () => strays.splice(0).join("\n");

export const throwUncaught = () => own.setTimeout(() => missing(), 0);
export const rejectUnhandled = () => void Promise.reject(new Error("planted"));
const missing = () => {
  throw new Error("planted");
};

/** Forgets what a test before, one that failed, has left behind. */
export function startAnew() {
  timers.clear();
  for (const those of listeners.values()) those.clear();
  takeStrays();
}

/** Resolves when the tasks that stand in the queue now have run. */
export const turn = () => new Promise((resolve) => own.setTimeout(resolve, 0));

/** A promise that resolves after `ms`, or as soon as it is cancelled. */
export class Limit {
  constructor(ms) {
    this.promise = new Promise((resolve) => {
      this.cancel = resolve;
    });
    this.timer = own.setTimeout(this.cancel, ms);
  }
  end() {
    own.clearTimeout(this.timer);
    this.cancel();
  }
}

// --- events --------------------------------------------------------------------------------------------------------

export const dispatch = (type) => globalThis.dispatchEvent(new Event(type));
export const dispatchToDocument = (type) => document.dispatchEvent(new Event(type));
export const dispatchTransition = (type, persisted) =>
  globalThis.dispatchEvent(new PageTransitionEvent(type, { persisted }));

/** Makes the page look hidden or shown, and says so. */
export function show(visible) {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => !visible });
  document.dispatchEvent(new Event("visibilitychange"));
  delete document.hidden;
}

export const hasWindow = () => typeof window !== "undefined";

// --- sockets -------------------------------------------------------------------------------------------------------

/** Resolves when the browser has reported the end of a socket, whoever else listens. */
export async function ended(socket) {
  if (socket.readyState === WebSocket.CLOSED) return;
  await new Promise((resolve) => {
    socket.addEventListener("close", resolve, { once: true });
  });
}

export const letGo = (socket) =>
  !socket.onopen && !socket.onmessage && !socket.onclose && socket.readyState >= WebSocket.CLOSING;

/** A WebSocket that does what the test says, at once. An error in a handler is uncaught, as in the browser. */
export class Scripted {
  readyState = 0;
  protocol = "";
  onopen = null;
  onmessage = null;
  onclose = null;
  sent = 0;
  lastSent = undefined;
  closedWith = undefined;
  // What a stand-in of a user's might do, and no browser does: answer from inside the call.
  answersInside = false;

  send(data) {
    if (this.readyState === 0) throw new DOMException("still connecting", "InvalidStateError");
    this.sent += 1;
    this.lastSent = data;
    if (this.answersInside) this.message(data, 1);
  }

  close(code = 1005, reason = "") {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    this.closedWith = `${code} ${reason}`.trim();
    if (this.answersInside) this.end(code, reason);
  }

  open() {
    if (this.readyState === 0) this.readyState = 1;
    call(this, "onopen", { type: "open" });
  }

  /** Delivers it so many times, with one event object. */
  message(data, times) {
    const event = { type: "message", data };
    for (let n = 0; n < times; n += 1) call(this, "onmessage", event);
  }

  end(code, reason) {
    this.readyState = 3;
    call(this, "onclose", { type: "close", code, reason, wasClean: code !== 1006 });
  }
}

/** As long as it is there, every WebSocket that is made is a scripted one. */
export class StandIns {
  #own = globalThis.WebSocket;
  last = undefined;

  constructor() {
    globalThis.WebSocket = new Proxy(this.#own, {
      construct: () => {
        this.last = new Scripted();
        return this.last;
      },
    });
  }

  end() {
    globalThis.WebSocket = this.#own;
  }
}

function call(socket, handler, event) {
  try {
    socket[handler]?.(event);
  } catch (error) {
    reportError(error);
  }
}

// --- the test server -----------------------------------------------------------------------------------------------

export async function ask(url, body) {
  const init = body === undefined ? {} : { method: "POST", body };
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}: ${text}`);
  return text;
}
