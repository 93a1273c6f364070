import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { bytes, CodecError, type Options, raw, type TautlineError, text } from "../index.js";
import { VERDICTS } from "../wire.js";
import { reported } from "./fakes.js";
import { heard, start } from "./start.js";

const verdict = (name: (typeof VERDICTS)[number]) => VERDICTS.indexOf(name);

beforeEach(() => {
  reported.length = 0;
});

test("a message reaches every subscriber in order, and subscriptions are separate", () => {
  const { socket, engine } = start();
  const got: unknown[] = [];
  const listener = (message: unknown) => got.push(message);
  const offs = [socket.subscribe(listener), socket.subscribe(listener)];
  assert.equal(engine.host.receive("[1]"), verdict("message"));
  assert.deepEqual(got, [[1], [1]]);
  offs[0]?.();
  offs[0]?.();
  engine.host.receive("2");
  assert.deepEqual(got, [[1], [1], 2]);
  offs[1]?.();
  engine.host.receive("3");
  assert.equal(got.length, 3);
});

test("a listener that throws is reported and stops nobody", () => {
  const { socket, engine } = start();
  const got: unknown[] = [];
  const error = new Error("listener");
  socket.subscribe(() => {
    throw error;
  });
  socket.subscribe((message) => got.push(message));
  assert.equal(engine.host.receive("1"), verdict("message"));
  assert.deepEqual(got, [1]);
  assert.deepEqual(reported, [error]);
});

test("subscribing and unsubscribing during a dispatch is safe", () => {
  const { socket, engine } = start();
  const got: string[] = [];
  const off = socket.subscribe(() => {
    got.push("first");
    off();
    offSecond();
    socket.subscribe(() => got.push("late"));
  });
  const offSecond = socket.subscribe(() => got.push("second"));
  socket.subscribe(() => got.push("third"));
  engine.host.receive("1");
  assert.deepEqual(got, ["first", "third"]);
  engine.host.receive("2");
  assert.deepEqual(got, ["first", "third", "third", "late"]);
});

test("a listener has to be a function", () => {
  const { socket } = start();
  assert.throws(() => socket.subscribe({} as never), /listener: got object, expected a function/);
});

test("message events are real MessageEvents, and built only for who listens", (t) => {
  const { socket, engine } = start();
  const Native = globalThis.MessageEvent;
  let built = 0;
  class Counted<T> extends Native<T> {
    constructor(type: string, init: MessageEventInit<T>) {
      super(type, init);
      built++;
    }
  }
  Object.assign(globalThis, { MessageEvent: Counted });
  t.after(() => Object.assign(globalThis, { MessageEvent: Native }));
  const got: unknown[] = [];
  const receive = () => engine.host.receive("1");
  const counts = (listening: boolean, what: string) => {
    built = 0;
    got.length = 0;
    receive();
    assert.deepEqual([built, got.length > 0], [+listening, listening], what);
  };
  const listener = (event: MessageEvent) => got.push(event);

  counts(false, "nobody");
  socket.addEventListener("message", listener);
  socket.addEventListener("message", listener);
  counts(true, "twice the same is once");
  assert.equal(got.length, 1);
  assert.equal((got[0] as MessageEvent).data, 1);
  assert.ok(got[0] instanceof Event);
  socket.removeEventListener("message", listener, { capture: true });
  counts(true, "removed with capture, which was never added");
  socket.removeEventListener("message", listener);
  counts(false, "removed");

  socket.addEventListener("message", listener, { once: true });
  counts(true, "once");
  counts(false, "only once");
  socket.addEventListener("message", listener, { once: true });
  socket.removeEventListener("message", listener);
  counts(false, "once, and removed before");

  const controller = new AbortController();
  socket.addEventListener("message", listener, { signal: controller.signal, once: true });
  controller.abort();
  counts(false, "aborted");
  socket.addEventListener("message", listener, { signal: controller.signal });
  counts(false, "aborted before");
  socket.addEventListener("message", listener, { signal: new AbortController().signal });
  counts(true, "added again with a fresh signal");
  socket.removeEventListener("message", listener);

  const object = { handleEvent: (event: MessageEvent) => got.push(event) };
  socket.addEventListener("message", object);
  counts(true, "an object with handleEvent");
  socket.removeEventListener("message", object);
  socket.addEventListener("message", null);
  counts(false, "null is no listener");
});

test("listeners with capture get every message, whatever happens to those without", () => {
  const { socket, engine } = start();
  const got: unknown[] = [];
  const listener = ({ data }: MessageEvent) => got.push(data);
  socket.addEventListener("message", listener, { capture: true });
  socket.addEventListener("message", listener);
  socket.removeEventListener("message", listener);
  engine.host.receive("1");
  socket.removeEventListener("message", listener, { capture: true });
  engine.host.receive("2");
  assert.deepEqual(got, [1]);
});

test("a listener for once that an earlier listener keeps from being called stays", () => {
  const { socket, engine } = start();
  const got: unknown[] = [];
  let stops = true;
  socket.addEventListener("message", (event) => {
    if (stops) event.stopImmediatePropagation();
    socket.removeEventListener("message", first);
  });
  const first = () => {};
  socket.addEventListener("message", ({ data }) => got.push(data), { once: true });
  engine.host.receive("1");
  stops = false;
  engine.host.receive("2");
  engine.host.receive("3");
  assert.deepEqual(got, [2]);
});

test("a frame that does not decode is an event, and the stream goes on", () => {
  const { socket, engine } = start();
  const invalid: { data: unknown; error: CodecError }[] = heard(socket, "invalid");
  const got: unknown[] = [];
  socket.subscribe((message) => got.push(message));
  assert.equal(engine.host.receive("{"), verdict("invalid"));
  const binary = new ArrayBuffer(1);
  assert.equal(engine.host.receive(binary), verdict("invalid"));
  engine.host.receive("1");
  assert.deepEqual(got, [1]);
  assert.equal(invalid[0]?.data, "{");
  assert.ok(invalid[0]?.error instanceof CodecError);
  assert.equal(invalid[0].error.code, "decode");
  assert.ok(invalid[0].error.cause instanceof SyntaxError);
  assert.equal(invalid[1]?.data, binary);
});

test("each codec takes its own frames only", () => {
  const frames = { text: "é", binary: new Uint8Array([1, 2]).buffer };
  const receive = (options: Options, frame: unknown) => {
    const { socket, engine } = start(options);
    let got: unknown;
    socket.subscribe((message) => {
      got = message;
    });
    return [engine.host.receive(frame) === verdict("message"), got];
  };
  assert.deepEqual(receive({ codec: text() as never }, frames.text), [true, "é"]);
  assert.deepEqual(receive({ codec: text() as never }, frames.binary), [false, undefined]);
  assert.deepEqual(receive({ codec: bytes() as never }, frames.text), [false, undefined]);
  const whole = new Uint8Array([1, 2]);
  assert.deepEqual(receive({ codec: bytes() as never }, frames.binary), [true, whole]);
  const upper = { encode: String, decode: (frame: unknown) => String(frame).toUpperCase() };
  assert.deepEqual(receive({ codec: upper }, "a"), [true, "A"]);
});

test("pongs and pings are swallowed, and both see frames that did not decode", () => {
  const { socket, engine } = start<object, { pong?: number; ping?: number }>({
    heartbeat: {
      ping: (id) => ({ ping: id }),
      isPong: (message, frame) => frame === "pong" || (message.pong ?? false),
      isPing: (message, frame) => frame === "ping" || message.ping !== undefined,
      pong: (ping) => ({ answer: ping }),
    },
  });
  const got: unknown[] = [];
  socket.subscribe((message) => got.push(message));
  const { host } = engine;
  assert.equal(host.receive("pong"), verdict("pong"));
  assert.equal(host.receive('{"pong":3}'), 16 + 3);
  assert.equal(host.receive('{"ping":7}'), verdict("ping"));
  assert.equal(host.pong(), '{"answer":{"ping":7}}');
  assert.equal(host.receive("ping"), verdict("invalid"), "isPong throws first");
  assert.equal(host.ping(5), '{"ping":5}');
  assert.equal(host.receive('{"text":1}'), verdict("message"));
  assert.deepEqual(got, [{ text: 1 }]);
  assert.deepEqual(reported, [], "throwing over a frame that did not decode is no fault");
});

test("a ping that did not decode is answered from its frame; fixed pings and pongs may be raw", () => {
  const { engine } = start<string, string>({
    heartbeat: {
      ping: raw("?"),
      isPong: (_, frame) => frame === "!",
      isPing: (_, frame) => frame === "you there",
      pong: (ping) => raw(`yes to ${ping}`),
    },
  });
  const { host } = engine;
  assert.equal(host.ping(1), "?");
  assert.equal(host.receive("you there"), verdict("ping"));
  assert.equal(host.pong(), "yes to you there");
});

test("a server's ping without an answer is just swallowed", () => {
  const { engine } = start({ heartbeat: { isPing: (message) => message === 0 } });
  assert.equal(engine.host.receive("0"), verdict("ping"));
  assert.equal(engine.host.pong(), undefined);
});

test("a ping that cannot be made is an error event, and no ping", () => {
  const { socket, engine } = start({
    heartbeat: {
      ping: () => {
        throw new Error("no ping");
      },
      isPong: () => true,
      isPing: () => true,
      pong: () => undefined,
    },
  });
  const errors: { error: TautlineError }[] = heard(socket, "error");
  assert.equal(engine.host.ping(1), undefined);
  assert.equal(engine.host.pong(), undefined);
  assert.deepEqual(
    errors.map(({ error }) => error.code),
    ["provider", "encode"],
  );
});

test("a classifier that throws over a good message is reported, and the message delivered", () => {
  const error = new Error("isPong");
  const { socket, engine } = start({
    heartbeat: {
      ping: 1,
      isPong: () => {
        throw error;
      },
    },
  });
  const got: unknown[] = [];
  socket.subscribe((message) => got.push(message));
  assert.equal(engine.host.receive("1"), verdict("message"));
  assert.deepEqual([got, reported], [[1], [error]]);
});

test("replies are judged only while authenticating, after pings", () => {
  const asked: unknown[] = [];
  const { engine } = start({
    heartbeat: { isPing: (message) => message === "ping" },
    auth: {
      message: () => 1,
      accept: (reply) => {
        asked.push(reply);
        return reply === "yes" ? true : reply === "no" ? false : undefined;
      },
    },
  });
  const { host } = engine;
  assert.equal(host.receive('"yes"'), verdict("message"));
  engine.state("authenticating");
  assert.equal(host.receive('"ping"'), verdict("ping"));
  assert.equal(host.receive('"other"'), verdict("message"));
  assert.equal(host.receive('"no"'), verdict("no"));
  assert.equal(host.receive('"yes"'), verdict("yes"));
  engine.state("open");
  assert.equal(host.receive('"no"'), verdict("message"));
  assert.deepEqual(asked, ["other", "no", "yes"]);
});

test("latency is an event", () => {
  const { socket, engine } = start();
  const got: { latency: number }[] = heard(socket, "latency");
  engine.host.latency(12);
  assert.equal(got[0]?.latency, 12);
});
