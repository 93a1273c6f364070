// Runs a group of behaviours with one class, put in the place of the browser's own, as the standard's own tests would find
// it. Each behaviour has a bound in time; a browser that holds a dial back has to fit into that.

import { arguments_ } from "./arguments.js";
import { data } from "./data.js";
import { ends } from "./ends.js";
import { events } from "./events.js";
import { idl } from "./idl.js";

export const groups = { arguments: arguments_, data, ends, events, idl };

/** Returns { name: "" or why it failed }. */
export async function run(Class, group, limit) {
  const results = {};
  const property = Object.getOwnPropertyDescriptor(globalThis, "WebSocket");
  Object.defineProperty(globalThis, "WebSocket", { ...property, value: Class });
  try {
    for (const [name, behaviour] of Object.entries(groups[group])) {
      results[name] = await bounded(behaviour, limit);
    }
  } finally {
    Object.defineProperty(globalThis, "WebSocket", property);
  }
  return results;
}

async function bounded(behaviour, limit) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("nothing came in time")), limit);
  });
  const made = [];
  try {
    await Promise.race([behaviour(made), late]);
    return "";
  } catch (error) {
    return String(error.message ?? error);
  } finally {
    clearTimeout(timer);
    // A behaviour may have left its socket open, and one that comes back would go on for ever.
    for (const socket of made) socket.close();
  }
}
