// Events and event handler attributes.
import { each, echo, next, ok, open, opened, record, same } from "./kit.js";

const TYPES = ["open", "message", "error", "close"];

/** A socket that has gone through all there is: opened, echoed and closed by the server. */
async function life(made, prepare) {
  const socket = open(made, echo());
  prepare(socket);
  await next(socket, "open");
  socket.send("a");
  await next(socket, "message");
  socket.send('{"type":"control","action":"close","code":3000}');
  await next(socket, "close");
}

export const events = {
  "events: an EventTarget": (made) => {
    const socket = open(made);
    ok(socket instanceof EventTarget, "no EventTarget");
    ok(socket instanceof WebSocket, "no WebSocket");
  },
  ...each(
    "events: class and members of",
    [
      ["open", 0, Event],
      ["message", 1, MessageEvent],
      ["close", 2, CloseEvent],
    ],
    async (made, index, Class) => {
      let seen;
      await life(made, (socket) => {
        seen = record(socket);
      });
      const { event, type } = seen[index];
      same(Object.getPrototypeOf(event), Class.prototype, `prototype of ${type}`);
      same([event.bubbles, event.cancelable, event.composed], [false, false, false]);
      same(event.target, made[0], "target");
      same(event.srcElement, made[0], "srcElement");
      same(event.currentTarget, null, "currentTarget afterwards");
      same(event.eventPhase, 0, "phase afterwards");
      same(event.defaultPrevented, false);
    },
  ),
  "events: they are the browser's own (isTrusted)": async (made) => {
    const socket = open(made);
    ok((await next(socket, "open")).isTrusted, "not trusted");
  },
  "events: the error event is a plain one": async (made) => {
    const socket = open(made, "ws://127.0.0.1:22/");
    const event = await next(socket, "error");
    same(Object.getPrototypeOf(event), Event.prototype);
    same([event.bubbles, event.cancelable], [false, false]);
  },
  "events: members of a message": async (made) => {
    const socket = await opened(made);
    socket.send("a");
    const event = await next(socket, "message");
    same(event.data, "a");
    same(event.origin, `ws://${location.host}`, "origin");
    same(event.lastEventId, "");
    same(event.source, null);
    same(event.ports.length, 0);
  },
  "events: target and phase meanwhile": async (made) => {
    const socket = open(made);
    const [current, phase, self] = await new Promise((resolve) => {
      socket.addEventListener("open", function (event) {
        resolve([event.currentTarget, event.eventPhase, this]);
      });
    });
    same(current, socket, "currentTarget");
    same(phase, 2, "phase");
    same(self, socket, "this");
  },
  "events: each once and in order": async (made) => {
    let seen;
    await life(made, (socket) => {
      seen = record(socket);
    });
    same(
      seen.map(({ type, state }) => [type, state]),
      [
        ["open", 1],
        ["message", 1],
        ["close", 3],
      ],
    );
  },
  "events: messages in the order in which they were sent": async (made) => {
    const socket = await opened(made);
    const got = [];
    const done = new Promise((resolve) => {
      socket.onmessage = ({ data }) => {
        got.push(Number(data));
        if (got.length === 100) resolve();
      };
    });
    for (let i = 0; i < 100; i++) socket.send(i);
    await done;
    same(
      got,
      Array.from({ length: 100 }, (_, i) => i),
    );
  },
  "events: each message in a task of its own": async (made) => {
    const socket = await opened(made);
    const got = [];
    const done = new Promise((resolve) => {
      socket.onmessage = ({ data }) => {
        got.push(data);
        queueMicrotask(() => got.push(`after ${data}`));
        if (data === "b") queueMicrotask(resolve);
      };
    });
    socket.send("a");
    socket.send("b");
    await done;
    same(got, ["a", "after a", "b", "after b"]);
  },
  "events: listeners that throw do not stop the next": async (made) => {
    const socket = open(made);
    const reported = new Promise((resolve) => {
      addEventListener(
        "error",
        (event) => {
          event.preventDefault();
          event.stopImmediatePropagation();
          resolve(event.message);
        },
        { once: true, capture: true },
      );
    });
    socket.onopen = () => {
      throw new Error("thrown on purpose by a behaviour");
    };
    await next(socket, "open");
    ok(/on purpose/.test(await reported), "not reported");
  },
  "events: removed, once and handleEvent objects": async (made) => {
    const socket = open(made);
    const got = [];
    const off = () => got.push("off");
    socket.addEventListener("message", off);
    socket.removeEventListener("message", off);
    socket.addEventListener("message", () => got.push("once"), { once: true });
    const object = { handleEvent: () => got.push("object") };
    socket.addEventListener("message", object);
    socket.addEventListener("message", object);
    await next(socket, "open");
    for (let i = 0; i < 2; i++) {
      socket.send("a");
      await next(socket, "message");
    }
    same(got, ["once", "object", "object"]);
  },
  "events: an abort signal removes listeners": async (made) => {
    const socket = open(made);
    const controller = new AbortController();
    let heard = false;
    socket.addEventListener(
      "open",
      () => {
        heard = true;
      },
      { signal: controller.signal },
    );
    controller.abort();
    await next(socket, "open");
    ok(!heard, "the listener stayed");
  },
  "events: can be dispatched by hand": (made) => {
    const socket = open(made);
    let got;
    socket.onmessage = (event) => {
      got = event.data;
    };
    same(socket.dispatchEvent(new MessageEvent("message", { data: "mine" })), true);
    same(got, "mine");
    same(socket.readyState, 0);
  },

  ...each("attribute: null at first", TYPES, (made, type) => same(open(made)[`on${type}`], null)),
  ...each("attribute: gives the function back", TYPES, (made, type) => {
    const socket = open(made);
    const handler = () => {};
    socket[`on${type}`] = handler;
    same(socket[`on${type}`], handler);
  }),
  ...each("attribute: what is no object is null", TYPES, (made, type) => {
    const socket = open(made);
    for (const value of [2, "text", true, undefined, null, Symbol("a"), 1n]) {
      socket[`on${type}`] = () => {};
      socket[`on${type}`] = value;
      same(socket[`on${type}`], null);
    }
  }),
  ...each(
    "attribute: an object is kept and never called",
    TYPES.slice(0, 2),
    async (made, type) => {
      const object = {
        handleEvent() {
          throw new Error("called");
        },
      };
      await life(made, (socket) => {
        socket[`on${type}`] = object;
        same(socket[`on${type}`], object);
      });
    },
  ),
  ...each("attribute: in the socket and in its prototype", TYPES, (made, type) => {
    ok(`on${type}` in open(made), "not in the socket");
    ok(`on${type}` in WebSocket.prototype, "not in the prototype");
    ok(!Object.hasOwn(made[0], `on${type}`), "its own");
  }),
  "attribute: the order of the first assignment counts": async (made) => {
    const got = [];
    await life(made, (socket) => {
      socket.addEventListener("open", () => got.push(1));
      socket.onopen = () => got.push("replaced");
      socket.addEventListener("open", () => got.push(3));
      socket.onopen = () => got.push(2);
    });
    same(got, [1, 2, 3]);
  },
  "attribute: once emptied, it begins anew at the end": async (made) => {
    const got = [];
    await life(made, (socket) => {
      socket.onopen = () => got.push("never");
      socket.addEventListener("open", () => got.push(1));
      socket.onopen = null;
      socket.onopen = () => got.push(2);
    });
    same(got, [1, 2]);
  },
  "attribute: an object holds the place of a later function": async (made) => {
    const got = [];
    await life(made, (socket) => {
      socket.onopen = {};
      socket.addEventListener("open", () => got.push(2));
      socket.onopen = () => got.push(1);
    });
    same(got, [1, 2]);
  },
  "attribute: this, argument, and no return value": async (made) => {
    let found;
    let seen;
    await life(made, (socket) => {
      socket.onopen = function (...given) {
        found = [this, given];
        return false;
      };
      seen = record(socket);
    });
    same(found[0], made[0], "this");
    same(found[1].length, 1, "arguments");
    same(found[1][0].type, "open");
    same(seen[0].event.defaultPrevented, false);
  },
  "attribute: replaced while it runs": async (made) => {
    const got = [];
    await life(made, (socket) => {
      socket.onmessage = () => got.push("first");
      socket.onopen = () => {
        socket.onmessage = () => got.push("second");
      };
    });
    same(got, ["second"]);
  },
  "attribute: not called when emptied by an earlier listener": async (made) => {
    const got = [];
    await life(made, (socket) => {
      socket.addEventListener("open", () => {
        socket.onopen = null;
      });
      socket.onopen = () => got.push("called");
    });
    same(got, []);
  },
  "attribute: cannot be removed as a listener": async (made) => {
    const got = [];
    await life(made, (socket) => {
      const handler = () => got.push("called");
      socket.onopen = handler;
      socket.removeEventListener("open", handler);
    });
    same(got, ["called"]);
  },
};
