// What behaviours are written with.

export const address = (path = "/ws/echo", query = {}) => {
  const url = new URL(path, location.href.replace(/^http/, "ws"));
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url.href;
};

/** An echo that gives pings back like anything else. */
export const echo = (query = {}) => address("/ws/echo", { raw: 1, ...query });

/** Makes a socket of the class that is in place now, and has it closed when the behaviour is over. */
export function open(made, url = echo(), ...more) {
  const socket = new WebSocket(url, ...more);
  made.push(socket);
  return socket;
}

export const next = (target, type) =>
  new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

/** A socket that is open. */
export async function opened(made, ...given) {
  const socket = open(made, ...given);
  await next(socket, "open");
  return socket;
}

/** Every event of a socket, with what the socket said of itself meanwhile. */
export function record(socket) {
  const seen = [];
  for (const type of ["open", "message", "error", "close"]) {
    socket.addEventListener(type, (event) => seen.push({ type, state: socket.readyState, event }));
  }
  return seen;
}

export function ok(condition, what) {
  if (!condition) throw new Error(what);
}

export function same(found, expected, what = "value") {
  const [a, b] = [found, expected].map((it) => (Array.isArray(it) ? JSON.stringify(it) : it));
  if (!Object.is(a, b)) throw new Error(`${what}: ${String(a)} instead of ${String(b)}`);
}

/** The error of `work` has this name, and is of that realm's class. */
export function throws(name, work) {
  let error;
  try {
    work();
  } catch (caught) {
    error = caught;
  }
  ok(error, `no ${name}`);
  same(error.name, name, "error");
  const kind = name === "TypeError" ? TypeError : DOMException;
  if (name !== "Error") ok(error instanceof kind, `${name} is no ${kind.name}`);
}

/** Long enough for what a browser would do wrong within the same task or the next. */
export const tasks = async () => {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    });
  }
};

/** One behaviour for each case, named by it. */
export const each = (title, cases, behaviour) =>
  Object.fromEntries(
    cases.map((it) => {
      const [name, ...values] = Array.isArray(it) ? it : [JSON.stringify(it), it];
      return [`${title}: ${name}`, (made) => behaviour(made, ...values)];
    }),
  );
