import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  connect,
  type DialContext,
  OptionError,
  ProviderError,
  type Socket,
  type TautlineError,
} from "../index.js";
import { engines, FakeWebSocket, installFakes, reported, settled } from "./fakes.js";
import { ADDRESS, heard, start } from "./start.js";

type Failure = { error: TautlineError };

beforeEach(() => {
  FakeWebSocket.all = [];
  reported.length = 0;
});

test("a fixed address is answered after connect() has returned, and dialled with the protocols", async () => {
  const { engine } = start({ protocols: ["chat.v2", "chat.v1"] }, "https://example.com/live#x");
  engine.ask("url", 1);
  assert.deepEqual(engine.of("answer"), []);
  await settled();
  assert.deepEqual(engine.of("answer"), [["url", 1, 1 + 4]]);
  const native = engine.host.dial(1) as unknown as FakeWebSocket;
  assert.equal(native.url, "wss://example.com/live");
  assert.deepEqual(native.protocols, ["chat.v2", "chat.v1"]);
  assert.equal(native.binaryType, "arraybuffer");
});

test("providers are called anew for each attempt with what happened before", async () => {
  const contexts: DialContext[] = [];
  const { engine } = start(
    { protocols: ({ attempt }) => Promise.resolve(attempt ? [`v${attempt}`] : undefined) },
    (context) => {
      contexts.push(context);
      return `wss://example.com/${context.attempt}`;
    },
  );
  engine.ask("url", 1, 0);
  await settled();
  assert.equal((engine.host.dial(1) as unknown as FakeWebSocket).protocols.length, 0);
  engine.state("waiting", {
    cause: "closed",
    code: 1012,
    reason: "deploy",
    clean: true,
    attempt: 1,
  });
  engine.ask("url", 2, 1);
  await settled();
  const native = engine.host.dial(2) as unknown as FakeWebSocket;
  assert.deepEqual([native.url, native.protocols], ["wss://example.com/1", ["v1"]]);
  assert.deepEqual(
    contexts.map(({ attempt, lastClose }) => [attempt, lastClose]),
    [
      [0, undefined],
      [1, { kind: "closed", code: 1012, reason: "deploy", wasClean: true }],
    ],
  );
  assert.deepEqual(
    contexts.map(({ signal }) => signal.aborted),
    [true, false],
  );
});

test("the provider may use the socket that connect() returns", async () => {
  installFakes();
  const socket: Socket = connect(() => `wss://example.com/${socket.state.name}`, {
    WebSocket: FakeWebSocket,
  });
  const engine = engines.at(-1);
  engine?.ask("url", 1);
  await settled();
  assert.deepEqual(engine?.of("fail"), []);
});

for (const [name, provider] of [
  [
    "throws",
    () => {
      throw new Error("no token");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no token"))],
] as const) {
  test(`a provider that ${name} is a failed attempt and an error event`, async () => {
    const { socket, engine } = start({}, provider);
    const errors: Failure[] = heard(socket, "error");
    engine.ask("url", 1);
    await settled();
    assert.deepEqual(engine.of("fail"), [[1]]);
    assert.ok(errors[0]?.error instanceof ProviderError);
    assert.equal(errors[0].error.code, "provider");
    assert.equal((errors[0].error.cause as Error).message, "no token");
    assert.doesNotMatch(errors[0].error.message, /token/);
  });
}

test("both providers may reject at once without an unhandled rejection", async () => {
  const reject = () => Promise.reject(new Error("both"));
  const { engine } = start({ protocols: reject }, reject);
  engine.ask("url", 1);
  await settled();
  assert.deepEqual(engine.of("fail"), [[1]]);
});

for (const [what, url, protocols] of [
  ["no address", () => "http://", undefined],
  ["a wrong scheme", () => "ftp://example.com/", undefined],
  ["wrong protocols", () => ADDRESS, () => "a b"],
] as const) {
  test(`a provider that answers ${what} is a failed attempt`, async () => {
    const { socket, engine } = start(protocols ? { protocols } : {}, url);
    const errors: Failure[] = heard(socket, "error");
    engine.ask("url", 1);
    await settled();
    assert.deepEqual(engine.of("fail"), [[1]]);
    assert.ok(errors[0]?.error.cause instanceof OptionError);
  });
}

test("an answer that comes after its attempt was given up changes nothing", async () => {
  const answers: ((url: string) => void)[] = [];
  const rejects: ((error: Error) => void)[] = [];
  const { socket, engine } = start(
    {},
    () =>
      new Promise<string>((resolve, reject) => {
        answers.push(resolve);
        rejects.push(reject);
      }),
  );
  const errors: Failure[] = heard(socket, "error");
  engine.ask("url", 1);
  await settled();
  engine.state("waiting", { cause: "connect-timeout" });
  engine.ask("url", 2);
  await settled();
  engine.ask("url", 3);
  await settled();
  answers[2]?.("wss://example.com/third");
  await settled();
  answers[0]?.("wss://example.com/first");
  rejects[1]?.(new Error("late"));
  await settled();
  assert.deepEqual(
    engine.of("answer").map(([, generation]) => generation),
    [3],
  );
  assert.deepEqual(engine.of("fail"), []);
  assert.equal((engine.host.dial(3) as unknown as FakeWebSocket).url, "wss://example.com/third");
  assert.deepEqual(
    errors.map(({ error }) => error.code),
    ["connect-timeout"],
  );
});

test("an attempt given up before its provider was called does not call it", async () => {
  let calls = 0;
  const { engine } = start({}, () => {
    calls++;
    return ADDRESS;
  });
  engine.ask("url", 1);
  engine.closed("user");
  await settled();
  assert.equal(calls, 0);
});

test("a constructor that throws is an error event and no socket", async () => {
  class Throws {
    constructor() {
      throw new Error("blocked port");
    }
  }
  const { socket, engine } = start({ WebSocket: Throws });
  const errors: Failure[] = heard(socket, "error");
  engine.ask("url", 1);
  await settled();
  assert.equal(engine.host.dial(1), undefined);
  assert.equal(errors[0]?.error.code, "refused");
  assert.match(String(errors[0]?.error.cause), /blocked port/);
});

test("credentials are made by auth.message with the attempt's context, and encoded", async () => {
  const contexts: DialContext[] = [];
  const { engine } = start({
    auth: {
      message: async (context) => {
        contexts.push(context);
        return { token: "hunter2" };
      },
      accept: () => true,
    },
  });
  engine.ask("url", 4, 2);
  await settled();
  engine.ask("credentials", 4);
  await settled();
  assert.deepEqual(engine.of("step"), [[4, '{"token":"hunter2"}']]);
  assert.equal(contexts[0]?.attempt, 2);
});

test("credentials that fail are a failed attempt", async () => {
  const message = () => Promise.reject(new Error("expired"));
  const { socket, engine } = start({ auth: { message, accept: () => true } });
  const errors: Failure[] = heard(socket, "error");
  engine.ask("url", 1);
  await settled();
  engine.ask("credentials", 1);
  await settled();
  assert.deepEqual(engine.of("fail"), [[1]]);
  assert.equal(errors[0]?.error.code, "provider");
});

test("restore sends before the queue and is told what it follows on", async () => {
  const infos: object[] = [];
  const { engine } = start({
    restore: async (send, { signal, ...info }) => {
      infos.push(info);
      assert.equal(send({ join: 1 }), "sent");
      await undefined;
      engine.passes = false;
      assert.equal(send({ join: 2 }), "dropped");
      assert.equal(signal.aborted, false);
    },
  });
  engine.ask("url", 1);
  await settled();
  engine.passes = true;
  engine.host.ask(2, 1, 0, 1_500, 3, true);
  await settled();
  assert.deepEqual(infos, [{ reconnected: true, downtime: 1_500, unconfirmed: 3 }]);
  assert.deepEqual(engine.of("step"), [
    [1, '{"join":1}'],
    [1, '{"join":2}'],
  ]);
  assert.deepEqual(engine.of("answer").at(-1), ["restore", 1, 0]);
});

test("restore that fails is a failed attempt, also by what it cannot encode", async () => {
  for (const restore of [
    () => Promise.reject(new Error("no room")),
    (send: (message: unknown) => unknown) => send(undefined),
  ]) {
    const { socket, engine } = start({ restore });
    const errors: Failure[] = heard(socket, "error");
    engine.ask("url", 1);
    await settled();
    engine.ask("restore", 1);
    await settled();
    assert.deepEqual(engine.of("fail"), [[1]]);
    assert.equal(errors[0]?.error.code, "restore");
  }
});

test("the retry function is asked with the close, and its answers reach the engine", () => {
  const answers: unknown[] = [true, false, 0, 2_500, undefined, null, -1, "soon", Number.NaN];
  const asked: unknown[] = [];
  const { engine } = start({
    retry: (close, attempt) => {
      asked.push([close, attempt]);
      if (asked.length > answers.length) throw new Error("retry");
      return answers[asked.length - 1] as boolean;
    },
  });
  const ask = () => engine.host.retry(1, 4000, "why", true, 3);
  assert.deepEqual([...answers, 0].map(ask), [-3, -2, 0, 2_500, -1, -1, -1, -1, -1, -1]);
  assert.deepEqual(asked[0], [{ kind: "closed", code: 4000, reason: "why", wasClean: true }, 3]);
  assert.equal(reported.length, 1);
});
