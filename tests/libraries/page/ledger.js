// Keeps account of what is outstanding in the page: timers and sockets. Loaded before anything else.
{
  const live = new Map();
  const waiting = new Set();
  const changed = () => {
    for (const look of waiting) look();
  };
  const end = (key) => {
    if (live.delete(key)) changed();
  };

  /** Who called, below this file: the topmost frame of the stack. */
  const caller = () => {
    const frames = new Error().stack.split("\n").filter((line) => /[@(/]/.test(line));
    return frames.find((line) => !line.includes("/ledger.js"))?.trim() ?? "";
  };

  for (const [kind, clear] of [
    ["setTimeout", "clearTimeout"],
    ["setInterval", "clearInterval"],
  ]) {
    const set = globalThis[kind].bind(globalThis);
    const unset = globalThis[clear].bind(globalThis);
    globalThis[kind] = (work, delay, ...rest) => {
      const id = set(() => {
        if (kind === "setTimeout") end(id);
        work(...rest);
      }, delay);
      live.set(id, { kind, delay, by: caller() });
      return id;
    };
    globalThis[clear] = (id) => {
      unset(id);
      end(id);
    };
  }

  globalThis.WebSocket = class WebSocket extends globalThis.WebSocket {
    constructor(...args) {
      super(...args);
      const account = { kind: "WebSocket", by: caller(), opened: false };
      live.set(this, account);
      this.addEventListener("open", () => {
        account.opened = true;
        changed();
      });
      this.addEventListener("close", () => {
        if (!account.opened) ledger.failed += 1;
        end(this);
      });
    }
  };

  // mqtt.js keeps its timers in a worker, by the package worker-timers: what is asked for, and what comes back.
  globalThis.Worker = class Worker extends globalThis.Worker {
    constructor(...args) {
      super(...args);
      this.addEventListener("message", ({ data }) => end(`${data?.id}`));
    }
    postMessage(message, ...rest) {
      super.postMessage(message, ...rest);
      const { id, method, params } = message;
      if (method === "set") {
        const { delay, timerId, timerType } = params;
        live.set(`${id}`, { kind: timerType, delay, timerId, by: caller() });
      }
      for (const [key, { timerId }] of live) {
        if (method === "clear" && timerId === params.timerId) end(key);
      }
    }
  };

  globalThis.ledger = {
    /** Sockets that never opened. */
    failed: 0,
    outstanding: () => [...live.values()],
    sockets: () => ledger.outstanding().filter(({ kind }) => kind === "WebSocket"),
    /** The timers that the class or its engine has armed. */
    ours: () =>
      ledger
        .outstanding()
        .filter(({ kind, by }) => kind !== "WebSocket" && /\/tautline-\w+\.js|wasm/.test(by)),
    /** Resolves once `condition` holds; looked at whenever a socket opens and something ends. */
    until: (condition) =>
      new Promise((resolve) => {
        const look = () => {
          if (!condition()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}
