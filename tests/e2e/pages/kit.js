// What every test page carries: a log of everything that happened, and waits that follow the log.
// A classic script, so that it is there before any module runs.
globalThis.kit = (() => {
  const started = performance.now();
  const log = [];
  const strays = [];
  const waiters = new Set();

  function note(what, details = {}) {
    const entry = { ...details, what, at: performance.now() - started, epoch: Date.now() };
    log.push(entry);
    for (const wake of [...waiters]) wake();
    return entry;
  }

  /** Resolves with the first truthy result of `condition`, looked at now and after every note. */
  function until(condition) {
    return new Promise((resolve, reject) => {
      const look = () => {
        try {
          const result = condition();
          if (!result) return;
          waiters.delete(look);
          resolve(result);
        } catch (error) {
          waiters.delete(look);
          reject(error);
        }
      };
      waiters.add(look);
      look();
    });
  }

  const entries = (what, name) =>
    log.filter((entry) => entry.what === what && (name === undefined || entry.name === name));

  /** A copy that can travel to the test: plain data, errors and events included. */
  function plain(value, depth = 0) {
    if (value === null || typeof value !== "object") {
      return typeof value === "function" ? "[function]" : value;
    }
    if (depth > 4) return "[deep]";
    if (value instanceof ArrayBuffer) return { bytes: [...new Uint8Array(value)] };
    if (ArrayBuffer.isView(value)) return { bytes: [...new Uint8Array(value.buffer)] };
    if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1));
    if (value instanceof Error) {
      const own = Object.fromEntries(
        Object.entries(value).map(([k, v]) => [k, plain(v, depth + 1)]),
      );
      return { ...own, error: value.constructor.name, message: value.message, code: value.code };
    }
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v, depth + 1)]));
  }

  // Numbers the tasks of the page, as far as anybody asks: two calls within one task get the same number.
  const nextTask = new MessageChannel();
  let taskNumber = 0;
  let asked = false;
  nextTask.port1.onmessage = () => {
    taskNumber += 1;
    asked = false;
  };
  function task() {
    if (!asked) nextTask.port2.postMessage(0);
    asked = true;
    return taskNumber;
  }

  let barriers = 0;
  const sockets = {};
  const EVENTS = ["state", "open", "message", "invalid", "drop", "latency", "error", "close"];
  const OWN = {
    state: ["state", "previous"],
    open: ["reconnected", "downtime", "unconfirmed"],
    message: ["data"],
    invalid: ["data", "error"],
    drop: ["message", "error"],
    latency: ["latency"],
    error: ["error"],
    close: ["code", "reason", "wasClean", "why", "cause"],
  };

  /** Connects under `name` and records every event of the socket in the log. */
  function connect(name, url, options = {}) {
    const socket = tautline.connect(url, options);
    sockets[name] = socket;
    note("state", { name, state: plain(socket.state), previous: null }); // it dials within connect()
    record(name, socket);
    return socket;
  }

  function record(name, socket) {
    for (const type of EVENTS) {
      socket.addEventListener(type, (event) => {
        const details = { name };
        for (const field of OWN[type]) if (field in event) details[field] = plain(event[field]);
        if (type === "state") details.cause = plain(event.state.cause); // a copy of its own: BiDi drops second references
        note(type, details);
      });
    }
  }

  /** Notes how a promise of the package ends, and gives that back: `settled` with `key`, and what it was or became. */
  function follow(name, key, promise) {
    return promise.then(
      (value) => note("settled", { name, key, fate: "done", value: plain(value) }),
      (error) => {
        const { code, sent, message } = error;
        return note("settled", { name, key, fate: code ?? error.name, code, sent, message });
      },
    );
  }

  const fates = (name) =>
    Object.fromEntries(entries("settled", name).map(({ key, fate }) => [key, fate]));

  /** A heartbeat whose pongs show in the log. With ids, a pong without one is no pong. */
  function heartbeat(name, { interval = 60_000, ids = true } = {}) {
    const isPong = (m) => {
      if (m.type !== "pong") return false;
      const answer = ids ? m.id : true;
      note("pong", { name, id: m.id });
      return answer;
    };
    return { interval, ping: (id) => (ids ? { type: "ping", id } : { type: "ping" }), isPong };
  }

  /** The WebSocket class, with every socket of it in `natives`, and the frames that each was given. */
  function watched(natives, change = (data) => data) {
    return class extends WebSocket {
      constructor(...given) {
        super(...given);
        this.frames = [];
        natives.push(this);
      }
      send(data) {
        const frame = change(data, natives.indexOf(this));
        this.frames.push(frame);
        super.send(frame);
      }
    };
  }

  /** Resolves when the server has read everything that was sent before: it says so on this connection. */
  async function barrier(name) {
    const here = `here ${++barriers}`;
    sockets[name].send({ type: "control", action: "send", data: { here } });
    await until(() => messages(name).some((it) => it.here === here));
  }

  /** Rejects a promise that nobody looks at, from a script of the page. */
  function forget(message) {
    Promise.reject(new Error(message));
  }

  const isIn = (name, state) => sockets[name].state.name === state;
  const states = (name) => entries("state", name).map((entry) => entry.state.name);
  const messages = (name) => entries("message", name).map((entry) => entry.data);

  for (const type of ["pagehide", "pageshow"]) {
    addEventListener(type, (event) => note(type, { persisted: event.persisted }));
  }
  for (const type of ["online", "offline"]) addEventListener(type, () => note(type));
  for (const type of ["visibilitychange", "freeze", "resume"]) {
    document.addEventListener(type, () => note(type, { visibility: document.visibilityState }));
  }
  addEventListener("error", (event) => {
    strays.push(`uncaught: ${event.message}`);
    note("uncaught", { message: event.message });
  });
  addEventListener("unhandledrejection", (event) => {
    // Firefox leaves the message out of the stack.
    strays.push(`unhandled rejection: ${event.reason} ${event.reason?.stack ?? ""}`);
    note("unhandledrejection", { message: String(event.reason?.message ?? event.reason) });
  });

  /** Throws, from a script of the page: the browsers hide the message of what tests evaluate from outside. */
  function fail(where) {
    throw new Error(`thrown on purpose in ${where}`);
  }

  return {
    serial: 0,
    fail,
    forget,
    follow,
    fates,
    heartbeat,
    watched,
    barrier,
    log,
    strays,
    note,
    task,
    until,
    entries,
    plain,
    sockets,
    connect,
    record,
    isIn,
    states,
    messages,
  };
})();
