// Sending and receiving: kinds of data, binaryType, bufferedAmount.
import { each, echo, next, ok, open, opened, same, tasks, throws } from "./kit.js";

const BIG = 65_536 + 17;

const bytes = async (data) =>
  Array.from(new Uint8Array(data instanceof Blob ? await data.arrayBuffer() : data));

const buffer = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]).buffer;

/** What comes back for one thing that is sent. */
async function back(made, data, type = "arraybuffer") {
  const socket = await opened(made);
  socket.binaryType = type;
  socket.send(data);
  return (await next(socket, "message")).data;
}

export const data = {
  ...each(
    "send text",
    [
      ["plain", "hello", "hello"],
      ["nothing", "", ""],
      ["Unicode", "¥¥¥¥¥¥ \u{1f600}", "¥¥¥¥¥¥ \u{1f600}"],
      ["half a surrogate pair", "\ud807", "\ufffd"],
      ["the other half", "a\udc00b", "a\ufffdb"],
      ["a NUL", "a\0b", "a\0b"],
      ["a byte order mark", "\ufeffa", "\ufeffa"],
      ["line ends as they are", "a\r\nb\rc\n", "a\r\nb\rc\n"],
      ["number", 1.5, "1.5"],
      ["null", null, "null"],
      ["undefined", undefined, "undefined"],
      ["object", {}, "[object Object]"],
      ["list", [1, 2], "1,2"],
      ["object with its own text", { toString: () => "own" }, "own"],
      ["object that looks like a buffer", { byteLength: 3 }, "[object Object]"],
      ["text object", Object("text"), "text"],
    ],
    async (made, given, expected) => same(await back(made, given), expected),
  ),
  "send text: long": async (made) => same(await back(made, "c".repeat(BIG)), "c".repeat(BIG)),
  "send: without an argument": async (made) => {
    const socket = await opened(made);
    throws("TypeError", () => socket.send());
  },
  "send: without an argument while connecting": (made) => {
    throws("TypeError", () => open(made).send());
  },
  "send: a symbol": async (made) => {
    const socket = await opened(made);
    throws("TypeError", () => socket.send(Symbol("data")));
  },
  "send: returns nothing": async (made) => same((await opened(made)).send("a"), undefined),
  ...each("send while connecting", ["a", "", null, 1], (made, given) => {
    throws("InvalidStateError", () => open(made).send(given));
  }),
  "send while connecting: a buffer": (made) => {
    throws("InvalidStateError", () => open(made).send(buffer));
  },
  ...each(
    "send bytes",
    [
      ["ArrayBuffer", () => buffer, [1, 2, 3, 4, 5, 6, 7, 8]],
      ["empty ArrayBuffer", () => new ArrayBuffer(0), []],
      ["Uint8Array", () => new Uint8Array(buffer), [1, 2, 3, 4, 5, 6, 7, 8]],
      ["view with an offset", () => new Uint8Array(buffer, 5), [6, 7, 8]],
      ["view with offset and length", () => new Uint8Array(buffer, 2, 3), [3, 4, 5]],
      ["Uint16Array with offset and length", () => new Uint16Array(buffer, 2, 2), [3, 4, 5, 6]],
      ["Int8Array", () => new Int8Array(buffer, 1, 1), [2]],
      ["Float64Array", () => new Float64Array(buffer), [1, 2, 3, 4, 5, 6, 7, 8]],
      ["DataView", () => new DataView(buffer, 4, 2), [5, 6]],
      ["Blob", () => new Blob([buffer, "é"]), [1, 2, 3, 4, 5, 6, 7, 8, 195, 169]],
      ["empty Blob", () => new Blob([]), []],
      ["File", () => new File(["ab"], "name"), [97, 98]],
    ],
    async (made, given, expected) => same(await bytes(await back(made, given())), expected),
  ),
  "send bytes: long": async (made) => {
    const long = new Uint8Array(BIG).fill(7);
    same((await back(made, long)).byteLength, BIG);
  },
  "send bytes: what is changed afterwards is not sent": async (made) => {
    const socket = await opened(made);
    socket.binaryType = "arraybuffer";
    const mine = Uint8Array.of(1);
    socket.send(mine);
    mine[0] = 2;
    same(await bytes((await next(socket, "message")).data), [1]);
  },
  "send bytes: a buffer of another realm": async (made) => {
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const theirs = frame.contentWindow.Uint8Array.of(1, 2).buffer;
    same(await bytes(await back(made, theirs)), [1, 2]);
    frame.remove();
  },
  "send bytes: a Blob between texts keeps its place": async (made) => {
    const socket = await opened(made);
    const got = [];
    const done = new Promise((resolve) => {
      socket.onmessage = ({ data }) => {
        got.push(typeof data === "string" ? data : "blob");
        if (got.length === 3) resolve();
      };
    });
    socket.send("a");
    socket.send(new Blob(["b"]));
    socket.send("c");
    await done;
    same(got, ["a", "blob", "c"]);
  },

  "binaryType: blob at first": (made) => same(open(made).binaryType, "blob"),
  ...each("binaryType: takes", ["arraybuffer", "blob"], (made, type) => {
    const socket = open(made);
    socket.binaryType = type;
    same(socket.binaryType, type);
  }),
  ...each("binaryType: ignores", ["", "BLOB", "nodebuffer", null, 0, {}], (made, type) => {
    const socket = open(made);
    socket.binaryType = type;
    same(socket.binaryType, "blob");
    socket.binaryType = "arraybuffer";
    socket.binaryType = type;
    same(socket.binaryType, "arraybuffer");
  }),
  "binaryType: converts": (made) => {
    const socket = open(made);
    socket.binaryType = { toString: () => "arraybuffer" };
    same(socket.binaryType, "arraybuffer");
    throws("TypeError", () => {
      socket.binaryType = Symbol("type");
    });
  },
  "binaryType: a Blob of the right size arrives": async (made) => {
    const blob = await back(made, buffer, "blob");
    ok(blob instanceof Blob, "no Blob");
    same(blob.size, 8);
    same(blob.type, "");
    same(await bytes(blob), [1, 2, 3, 4, 5, 6, 7, 8]);
  },
  "binaryType: an ArrayBuffer arrives": async (made) => {
    ok((await back(made, buffer)) instanceof ArrayBuffer, "no ArrayBuffer");
  },
  "binaryType: may change between messages": async (made) => {
    const socket = await opened(made);
    socket.send(buffer);
    ok((await next(socket, "message")).data instanceof Blob, "no Blob at first");
    socket.binaryType = "arraybuffer";
    socket.send(buffer);
    ok((await next(socket, "message")).data instanceof ArrayBuffer, "no ArrayBuffer then");
    socket.binaryType = "blob";
    socket.send(buffer);
    ok((await next(socket, "message")).data instanceof Blob, "no Blob again");
  },

  "bufferedAmount: 0 at first": (made) => same(open(made).bufferedAmount, 0),
  ...each(
    "bufferedAmount: right after send",
    [
      ["text", () => "hello", 5],
      ["Unicode", () => "¥€\u{1f600}", 9],
      ["half a surrogate pair", () => "\ud800", 3],
      ["number", () => 12.5, 4],
      ["ArrayBuffer", () => new ArrayBuffer(10), 10],
      ["view", () => new Uint16Array(buffer, 2, 2), 4],
      ["Blob", () => new Blob(["é"]), 2],
      ["long", () => "é".repeat(BIG), 2 * BIG],
    ],
    async (made, given, expected) => {
      const socket = await opened(made);
      socket.send(given());
      same(socket.bufferedAmount, expected);
    },
  ),
  "bufferedAmount: adds up within a task": async (made) => {
    const socket = await opened(made);
    socket.send("a");
    socket.send("é");
    socket.send(new ArrayBuffer(3));
    same(socket.bufferedAmount, 6);
  },
  "bufferedAmount: falls to 0 when all is sent": async (made) => {
    const socket = await opened(made);
    socket.send("a");
    await next(socket, "message");
    same(socket.bufferedAmount, 0);
  },
  ...each(
    "bufferedAmount: grows after close()",
    [
      ["text", () => "¥", 2],
      ["Blob", () => new Blob(["é"]), 2],
      ["view", () => new Uint16Array(buffer, 2, 2), 4],
      ["object", () => ({}), 15],
    ],
    async (made, given, expected) => {
      const socket = await opened(made);
      socket.close();
      socket.send(given());
      same(socket.bufferedAmount, expected, "while closing");
      await next(socket, "close");
      same(socket.bufferedAmount, expected, "when closed");
      socket.send(given());
      same(socket.bufferedAmount, 2 * expected, "after that");
    },
  ),
  "bufferedAmount: grows after a connection that failed": async (made) => {
    const socket = open(made, "ws://127.0.0.1:22/");
    await next(socket, "close");
    socket.send("¥");
    same(socket.bufferedAmount, 2);
  },
  "bufferedAmount: what is sent after close() does not arrive": async (made) => {
    const socket = await opened(made);
    let count = 0;
    socket.onmessage = () => {
      count += 1;
    };
    socket.close();
    same(socket.send("a"), undefined);
    await next(socket, "close");
    await tasks();
    same(count, 0);
  },
  "extensions: a text, empty at first": async (made) => {
    const socket = open(made, echo());
    same(socket.extensions, "");
    await next(socket, "open");
    same(typeof socket.extensions, "string");
  },
};
