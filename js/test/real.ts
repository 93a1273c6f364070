// Sockets with the real engine over a scripted WebSocket, and instances that can be made to trap.
import { afterEach, beforeEach } from "node:test";
import { connect, type Options, type Socket, type State } from "../index.js";
import { FakeWebSocket, reported } from "./fakes.js";
import { ADDRESS } from "./start.js";

/** How many instances of the module were made, and the name of the call that is to trap: true is the next of any. */
export const wasm = { instances: 0, trap: false as boolean | string };

// Genuine instances, whose calls can be made to trap.
const { Instance } = WebAssembly;
Object.assign(WebAssembly, {
  Instance: class {
    readonly exports: WebAssembly.Exports = {};
    constructor(module: WebAssembly.Module) {
      wasm.instances += 1;
      for (const [name, call] of Object.entries(new Instance(module).exports)) {
        this.exports[name] = (...args: number[]) => {
          if (wasm.trap !== true && wasm.trap !== name) {
            return (call as (...args: number[]) => unknown)(...args);
          }
          wasm.trap = false;
          throw new WebAssembly.RuntimeError("unreachable");
        };
      }
    }
  },
});

export const sockets: Socket[] = [];

/** A socket that comes back at once, and the first native socket it dials. */
export async function dial<Out = unknown, In = unknown>(options: Options<Out, In> = {}) {
  const dialled = FakeWebSocket.next();
  const all = { WebSocket: FakeWebSocket, backoff: { initial: 1, max: 1 }, ...options };
  const socket = connect<Out, In>(ADDRESS, all);
  sockets.push(socket as Socket);
  return { socket, native: await dialled };
}

/** The next state of this name. */
export const reached = (socket: Socket, name: State["name"]) =>
  new Promise<State>((resolve) => {
    const look = () => {
      if (socket.state.name !== name) return;
      socket.removeEventListener("state", look);
      resolve(socket.state);
    };
    socket.addEventListener("state", look);
    look();
  });

beforeEach(() => {
  reported.length = 0;
});

afterEach(async () => {
  const closing = sockets.splice(0).map((socket) => {
    const closed = socket.close();
    for (const native of FakeWebSocket.all.splice(0)) native.end(1000);
    return closed;
  });
  await Promise.all(closing);
});

/** Timers of this process that will fire. */
export const liveTimers = () =>
  process.getActiveResourcesInfo().filter((resource) => resource === "Timeout").length;
