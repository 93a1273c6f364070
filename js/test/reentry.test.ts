// Every command from inside every callback, with the real engine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, type Socket, type SocketEventMap, type TautlineError } from "../index.js";
import { FakeWebSocket, reported, settled } from "./fakes.js";
import { ADDRESS } from "./start.js";

const ACTIONS: Record<string, (socket: Socket) => void> = {
  send: (socket) => socket.send({ from: "inside" }),
  close: (socket) => {
    socket.close();
  },
  reconnect: (socket) => socket.reconnect(),
  "pause and resume": (socket) => {
    socket.pause();
    socket.resume();
  },
  "everything twice": (socket) => {
    for (let i = 0; i < 2; i++) {
      socket.stats();
      socket.send("x", { key: "k" });
      socket.close();
      socket.reconnect();
      socket.pause();
      socket.open();
      socket.resume();
    }
  },
};

const CALLBACKS = [
  ...(["state", "open", "message", "invalid", "drop", "latency", "error", "close"] as const).map(
    (type: keyof SocketEventMap) => `event ${type}`,
  ),
  "subscribe",
  "url",
  "protocols",
  "encode",
  "decode",
  "ping",
  "isPong",
  "isPing",
  "pong",
  "auth.message",
  "auth.accept",
  "restore",
  "retry",
  "logger",
  "WebSocket",
];

/** A server in a few lines: accepts, welcomes, sends what provokes each callback, and hangs up with `code`. */
class Provoking extends FakeWebSocket {
  static code = 4000;

  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    setImmediate(() => this.open(protocols[0]));
  }

  override send(data: unknown) {
    super.send(data);
    setImmediate(() => this.#answer(JSON.parse(String(data))));
  }

  override close(...args: unknown[]) {
    super.close(...args);
    setImmediate(() => this.end(1000));
  }

  #answer(message: { token?: string; ping?: number }) {
    if (message.token) this.receive('"welcome"');
    if (message.ping) {
      this.receive(JSON.stringify({ pong: message.ping }));
      for (const frame of ['"server ping"', '"text"', "{"]) this.receive(frame);
      this.end(Provoking.code);
    }
  }
}

for (const [action, act] of Object.entries(ACTIONS)) {
  for (const callback of CALLBACKS) {
    test(`${action} from inside ${callback}`, async () => {
      let acted = false;
      // Before connect() has returned there is nothing to call: only encode() and the like run that early.
      let socket: Socket | undefined;
      let seen: (() => void) | undefined;
      const done = new Promise<void>((resolve) => {
        seen = resolve;
      });
      const inside = (name: string) => {
        if (name !== callback || acted || !socket) return;
        acted = true;
        act(socket);
        seen?.();
      };
      Provoking.code = callback === "event close" ? 4400 : 4000;
      socket = connect<unknown, never>(
        () => {
          inside("url");
          if (callback === "event error" && !acted) throw new Error("provoked");
          return ADDRESS;
        },
        {
          protocols: () => {
            inside("protocols");
            return ["chat"];
          },
          codec: {
            encode: (message) => {
              inside("encode");
              return JSON.stringify(message);
            },
            decode: (frame) => {
              inside("decode");
              return JSON.parse(frame as string) as never;
            },
          },
          heartbeat: {
            interval: 20,
            ping: (id: number) => {
              inside("ping");
              return { ping: id };
            },
            isPong: (message: { pong?: number }) => {
              inside("isPong");
              return message.pong ?? false;
            },
            isPing: (message) => {
              inside("isPing");
              return message === "server ping";
            },
            pong: () => {
              inside("pong");
              return "pong";
            },
          },
          auth: {
            message: () => {
              inside("auth.message");
              return { token: "t" };
            },
            accept: () => {
              inside("auth.accept");
              return true;
            },
          },
          restore: () => inside("restore"),
          retry: () => {
            inside("retry");
            return undefined;
          },
          logger: { info: () => inside("logger"), debug: () => inside("logger") },
          backoff: { initial: 1, max: 1 },
          WebSocket: class extends Provoking {
            constructor(url: string, protocols: string[]) {
              super(url, protocols);
              inside("WebSocket");
            }
          },
        },
      );
      const internal: TautlineError[] = [];
      socket.addEventListener("error", ({ error }) => {
        if (error.code === "internal") internal.push(error);
      });
      for (const type of [
        "state",
        "open",
        "message",
        "invalid",
        "drop",
        "latency",
        "error",
        "close",
      ] as const) {
        socket.addEventListener(type, () => inside(`event ${type}`));
      }
      socket.subscribe(() => inside("subscribe"));
      socket.send("provokes a drop", { key: "d" });
      socket.send("provokes a drop", { key: "d" });
      await done;
      await settled();
      assert.deepEqual(internal, []);
      // Whatever was done, the socket can be opened again and closed.
      if (socket.state.name === "closed") socket.reconnect();
      await socket.opened();
      await socket.close();
      assert.equal(socket.state.name, "closed");
      assert.deepEqual(internal, []);
      assert.deepEqual(reported, []);
    });
  }
}
