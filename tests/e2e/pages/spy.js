// Loaded before the package where a test asks for it (?spy): shows the engine's memory and listeners, and makes
// the engine trap for real. The package cannot tell: it gets genuine instances with genuine exports.
globalThis.spy = (() => {
  const instances = [];
  const Genuine = WebAssembly.Instance;
  // (module (func (export "trap") unreachable))
  const bytes = new Uint8Array([
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0,
    10, 5, 1, 3, 0, 0, 11,
  ]);
  let trapArmed = false;

  function trap() {
    new Genuine(new WebAssembly.Module(bytes)).exports.trap();
  }

  WebAssembly.Instance = function Instance(module, imports) {
    const { exports } = new Genuine(module, imports);
    const wrapped = {};
    for (const [name, value] of Object.entries(exports)) {
      wrapped[name] = typeof value === "function" ? guarded(value) : value;
    }
    const memory = Object.values(exports).find((it) => it instanceof WebAssembly.Memory);
    instances.push({ memory, exports: wrapped });
    return { exports: wrapped };
  };

  function guarded(original) {
    return (...args) => {
      if (trapArmed) {
        trapArmed = false;
        trap();
      }
      return original(...args);
    };
  }

  const listeners = { added: 0, removed: 0 };
  for (const target of [globalThis, document]) {
    for (const [method, count] of [
      ["addEventListener", "added"],
      ["removeEventListener", "removed"],
    ]) {
      const genuine = target[method];
      target[method] = function (...args) {
        listeners[count] += 1;
        return genuine.apply(this, args);
      };
    }
  }

  const timers = new Set();
  const { setTimeout: arm, clearTimeout: disarm } = globalThis;
  globalThis.setTimeout = (work, ...rest) => {
    const id = arm(
      (...args) => {
        timers.delete(id);
        work(...args);
      },
      ...rest,
    );
    timers.add(id);
    return id;
  };
  globalThis.clearTimeout = (id) => {
    timers.delete(id);
    disarm(id);
  };

  return {
    instances,
    /** The next call into the engine traps. */
    armTrap: () => {
      trapArmed = true;
    },
    /** Bytes of linear memory of the newest instance. */
    memory: () => instances.at(-1)?.memory.buffer.byteLength ?? 0,
    /** Listeners of the page and its document that are still there. */
    liveListeners: () => listeners.added - listeners.removed,
    liveTimers: () => timers.size,
  };
})();
