// Closing: codes, reasons, states, who began, and what is never heard of again.
import { address, each, echo, next, ok, open, opened, record, same, tasks, throws } from "./kit.js";

/** The close event of a socket that is told to close. */
async function ended(made, ...given) {
  const socket = await opened(made);
  socket.close(...given);
  return next(socket, "close");
}

const closes = (code, reason = "") => address("/ws/echo", { fault: "close", code, reason });

export const ends = {
  ...each(
    "close: refuses the code",
    [
      ["0", 0],
      ["500", 500],
      ["999", 999],
      ["1001", 1001],
      ["1005", 1005],
      ["1006", 1006],
      ["1011", 1011],
      ["2999", 2999],
      ["5000", 5000],
      ["66536", 66_536],
      ["-1000", -1000],
      ["NaN", Number.NaN],
      ["Infinity", Number.POSITIVE_INFINITY],
      ["null", null],
      ["text", "string"],
      ["object", {}],
      ["true", true],
      ["1000.5 is 1000, but 999.4 is 999", 999.4],
      ["2999.4", 2999.4],
    ],
    (made, code) => {
      const socket = open(made);
      throws("InvalidAccessError", () => socket.close(code));
      same(socket.readyState, 0);
    },
  ),
  ...each(
    "close: takes the code",
    [
      ["1000", 1000, 1000],
      ["3000", 3000, 3000],
      ["4999", 4999, 4999],
      ["as a text", "3001", 3001],
      ["with a fraction, ties to even", 1000.5, 1000],
      ["with a fraction", 3000.7, 3001],
      ["rounded up", 2999.5, 3000],
      ["an object with a value", { valueOf: () => 3002 }, 3002],
    ],
    async (made, code, expected) => {
      const event = await ended(made, code, "why");
      same(event.code, expected);
      same(event.reason, "why");
      same(event.wasClean, true);
    },
  ),
  "close: code of kinds that are no number": async (made) => {
    const socket = open(made);
    throws("TypeError", () => socket.close(Symbol("code")));
    throws("TypeError", () => socket.close(1000n));
  },
  "close: without anything": async (made) => {
    const event = await ended(made);
    same(event.code, 1005);
    same(event.reason, "");
    same(event.wasClean, true);
  },
  "close: undefined is nothing": async (made) => same((await ended(made, undefined)).code, 1005),
  "close: undefined twice is nothing": async (made) =>
    same((await ended(made, undefined, undefined)).code, 1005),
  "close: a reason of 123 bytes": async (made) => {
    same((await ended(made, 1000, "a".repeat(123))).reason, "a".repeat(123));
  },
  "close: a reason of 124 bytes": async (made) => {
    const socket = await opened(made);
    throws("SyntaxError", () => socket.close(1000, "a".repeat(124)));
    same(socket.readyState, 1);
  },
  "close: the reason is counted in UTF-8": async (made) => {
    const socket = await opened(made);
    throws("SyntaxError", () => socket.close(1000, "é".repeat(62)));
    socket.close(1000, "é".repeat(61));
    same((await next(socket, "close")).reason, "é".repeat(61));
  },
  "close: half a surrogate pair in the reason": async (made) => {
    same((await ended(made, 1000, "\ud807")).reason, "\ufffd");
  },
  "close: null is a reason": async (made) => same((await ended(made, 1000, null)).reason, "null"),
  "close: the code is judged before the reason": (made) => {
    throws("InvalidAccessError", () => open(made).close(0, "a".repeat(124)));
  },
  "close: both are converted before they are judged": (made) => {
    let converted = false;
    const reason = {
      toString() {
        converted = true;
        return "";
      },
    };
    throws("InvalidAccessError", () => open(made).close(0, reason));
    ok(converted, "the reason was not converted");
  },
  "close: returns nothing": async (made) => same((await opened(made)).close(), undefined),
  "close: judges also when closed": async (made) => {
    const socket = await opened(made);
    socket.close();
    await next(socket, "close");
    throws("InvalidAccessError", () => socket.close(1));
  },
  "close: states on the way": async (made) => {
    const socket = open(made);
    same(socket.readyState, WebSocket.CONNECTING);
    await next(socket, "open");
    same(socket.readyState, WebSocket.OPEN);
    socket.close();
    same(socket.readyState, WebSocket.CLOSING);
    await next(socket, "close");
    same(socket.readyState, WebSocket.CLOSED);
  },
  "close: a second time changes nothing": async (made) => {
    const socket = await opened(made);
    const seen = record(socket);
    socket.close(3000, "first");
    socket.close(3001, "second");
    const event = await next(socket, "close");
    same([event.code, event.reason], [3000, "first"]);
    socket.close();
    await tasks();
    same(
      seen.map(({ type }) => type),
      ["close"],
    );
  },
  "close: inside its own event": async (made) => {
    const socket = await opened(made);
    let count = 0;
    const done = new Promise((resolve) => {
      socket.onclose = () => {
        count += 1;
        same(socket.readyState, 3);
        socket.close();
        same(socket.readyState, 3);
        resolve();
      };
    });
    socket.close();
    socket.close();
    await done;
    await tasks();
    same(count, 1);
  },
  "close: no event before it returns": async (made) => {
    const socket = await opened(made);
    let heard = false;
    socket.onclose = () => {
      heard = true;
    };
    socket.close();
    ok(!heard, "the event came too early");
    await next(socket, "close");
  },
  "close: while connecting is an error and 1006": async (made) => {
    const socket = open(made, address("/ws/echo", { fault: "silent" }));
    const seen = record(socket);
    socket.close(3000, "early");
    same(socket.readyState, 2);
    same(seen.length, 0);
    const event = await next(socket, "close");
    same(
      seen.map(({ type }) => type),
      ["error", "close"],
    );
    same([event.code, event.reason, event.wasClean], [1006, "", false]);
    same(socket.readyState, 3);
  },
  "close: right after the constructor": async (made) => {
    const socket = open(made);
    const seen = record(socket);
    socket.close();
    same((await next(socket, "close")).wasClean, false);
    await tasks();
    same(
      seen.map(({ type }) => type),
      ["error", "close"],
    );
  },
  "close: in the open event": async (made) => {
    const socket = open(made);
    socket.onopen = () => socket.close(3333, "at once");
    const event = await next(socket, "close");
    same([event.code, event.reason, event.wasClean], [3333, "at once", true]);
  },
  "close: what was sent before arrives, and its answer is not heard": async (made) => {
    const socket = await opened(made);
    const seen = record(socket);
    socket.send("last");
    socket.close();
    await next(socket, "close");
    same(
      seen.map(({ type }) => type),
      ["close"],
    );
  },
  "close: in the message event, nothing more is heard": async (made) => {
    const socket = await opened(made);
    const got = [];
    socket.onmessage = ({ data }) => {
      got.push(data);
      socket.close();
    };
    for (const text of ["a", "b", "c"]) socket.send(text);
    await next(socket, "close");
    same(got, ["a"]);
  },

  ...each(
    "the server closes",
    [
      ["1000", 1000, "bye"],
      ["3001", 3001, "because"],
      ["4999", 4999, ""],
      ["1001", 1001, ""],
      ["1011", 1011, "é"],
    ],
    async (made, code, reason) => {
      const socket = open(made, closes(code, reason));
      const seen = record(socket);
      const event = await next(socket, "close");
      same([event.code, event.reason, event.wasClean], [code, reason, true]);
      same(
        seen.map(({ type, state }) => [type, state]),
        [
          ["open", 1],
          ["close", 3],
        ],
      );
      await tasks();
      same(socket.readyState, 3);
    },
  ),
  "the server closes: after messages, all of them are heard": async (made) => {
    const socket = await opened(made, echo());
    const seen = record(socket);
    socket.send("a");
    socket.send('{"type":"control","action":"close","code":3000,"reason":"asked"}');
    const event = await next(socket, "close");
    same(event.code, 3000);
    same(
      seen.map(({ type }) => type),
      ["message", "close"],
    );
  },
  "the connection breaks: error, then close 1006": async (made) => {
    const socket = await opened(made, address("/ws/echo", { fault: "kill", ms: 50 }));
    const seen = record(socket);
    const event = await next(socket, "close");
    same([event.code, event.reason, event.wasClean], [1006, "", false]);
    ok(
      seen.every(({ type, state }) => type !== "close" || state === 3),
      "not CLOSED in the close event",
    );
    await tasks();
    same(socket.readyState, 3);
  },
  ...each(
    "no connection: error, then close 1006",
    [
      ["refused", { fault: "refuse" }],
      ["HTTP 503", { fault: "http", status: 503 }],
      ["HTTP 401", { fault: "http", status: 401 }],
    ],
    async (made, query) => {
      const socket = open(made, address("/ws/echo", query));
      const seen = record(socket);
      const event = await next(socket, "close");
      same([event.code, event.reason, event.wasClean], [1006, "", false]);
      same(
        seen.map(({ type, state }) => [type, state]),
        [
          ["error", 3],
          ["close", 3],
        ],
      );
      await tasks();
      same(seen.length, 2, "events");
      same(socket.readyState, 3);
    },
  ),
};
