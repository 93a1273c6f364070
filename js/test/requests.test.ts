// Requests and re-authentication, with the real engine over a scripted WebSocket.
import assert from "node:assert/strict";
import { test } from "node:test";
import { DropError, type Options, type Socket, TautlineError } from "../index.js";
import { FakeWebSocket, reported } from "./fakes.js";
import { dial } from "./real.js";
import { heard } from "./start.js";

type Message = { type: string; id?: unknown; token?: string; holds?: number };

const REQUESTS: Options<Message, Message> = {
  requests: {
    id: (message) => (message.type === "reply" ? message.id : undefined),
    stamp: (message, id) => ({ ...message, id }),
    cancel: (id) => ({ type: "cancel", id }),
    max: 3,
  },
};

const parse = (data: unknown): Message => JSON.parse(data as string);
const reply = (native: FakeWebSocket, id: unknown) =>
  native.receive(JSON.stringify({ type: "reply", id }));

async function opened(options: Options<Message, Message> = REQUESTS) {
  const made = await dial<Message, Message>(options);
  made.native.open();
  return made;
}

const fate = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error: unknown) =>
      error instanceof DropError
        ? `${error.code}, ${error.sent ? "sent" : "not sent"}`
        : error instanceof TautlineError
          ? error.code
          : error,
  );

test("each request gets its own reply, and no listener gets it", async () => {
  const { socket, native } = await opened();
  const listened: Message[] = [];
  socket.subscribe((message) => listened.push(message));
  const first = socket.request({ type: "a" });
  const second = socket.request({ type: "b" });
  const [a, b] = native.sent.map(parse);
  assert.notEqual(a?.id, b?.id);
  native.receive('{"type":"news"}');
  reply(native, b?.id);
  // A server that makes texts of numbers is understood, too.
  reply(native, String(a?.id));
  assert.deepEqual(await second, { type: "reply", id: b?.id });
  assert.deepEqual(await first, { type: "reply", id: String(a?.id) });
  assert.deepEqual(listened, [{ type: "news" }]);
});

test("late, doubled and foreign replies are events, and settle nothing", async () => {
  const { socket, native } = await opened();
  const stray: { error: TautlineError; data: string }[] = heard(socket as Socket, "invalid");
  const slow = socket.request({ type: "a" }, { timeout: 1 });
  assert.equal(await fate(slow), "timeout, sent");
  const { id } = parse(native.sent[0]);
  const done = socket.request({ type: "b" });
  reply(native, id);
  for (const other of ["x", -1, 0, 1.5, 4_294_967_297, 1e300, {}, [], true]) reply(native, other);
  assert.equal(stray.length, 10);
  const next = parse(native.sent.at(-1));
  reply(native, next.id);
  reply(native, next.id);
  await done;
  assert.equal(stray.length, 11);
  assert.ok(stray.every(({ error }) => error.code === "unmatched"));
  assert.equal(parse(stray[0]?.data).id, id);
});

test("the server is told of a request that nobody waits for any more, if it can have begun", async () => {
  const { socket, native } = await dial<Message, Message>(REQUESTS);
  const abort = new AbortController();
  const queued = socket.request({ type: "queued" }, { signal: abort.signal });
  abort.abort("enough");
  assert.equal(await fate(queued), "enough");
  native.open();
  assert.deepEqual(native.sent, []);
  const second = new AbortController();
  const sent = socket.request({ type: "sent" }, { signal: second.signal });
  second.abort("enough");
  assert.equal(await fate(sent), "enough");
  assert.equal(await fate(socket.request({ type: "slow" }, { timeout: 1 })), "timeout, sent");
  const [request, cancel, slow, late] = native.sent.map(parse);
  assert.deepEqual(cancel, { type: "cancel", id: request?.id });
  assert.deepEqual(late, { type: "cancel", id: slow?.id });
});

test("a break rejects, or with idempotent sends again under the same id", async () => {
  const { socket, native } = await opened();
  const once = socket.request({ type: "once" });
  const again = socket.request({ type: "again" }, { idempotent: true });
  const next = FakeWebSocket.next();
  native.end(1006);
  assert.equal(await fate(once), "unanswered, sent");
  const late = socket.request({ type: "late" });
  const second = await next;
  second.open();
  assert.deepEqual(second.sent, [native.sent[1], second.sent[1]]);
  assert.equal(parse(second.sent[1]).type, "late");
  for (const data of second.sent) reply(second, parse(data).id);
  await Promise.all([again, late]);
});

test("requests are bounded, and everything ends with the socket", async () => {
  const { socket, native } = await opened();
  const pending = [1, 2].map(() => fate(socket.request({ type: "a" })));
  const idempotent = fate(socket.request({ type: "b" }, { idempotent: true }));
  assert.equal(await fate(socket.request({ type: "c" })), "too-many-requests, not sent");
  socket.close();
  native.end(1000);
  assert.deepEqual(await Promise.all(pending), ["unanswered, sent", "unanswered, sent"]);
  assert.equal(await idempotent, "unanswered, sent");
  assert.equal(await fate(socket.request({ type: "d" })), "closed, not sent");
});

test("functions that throw harm nothing but their own message", async () => {
  const { socket, native } = await opened({
    requests: {
      id: (message) => {
        if (message.type === "odd") throw new Error("id");
        return message.id;
      },
      stamp: (message, id) => {
        if (message.type === "bad") throw new Error("stamp");
        return { ...message, id };
      },
      cancel: () => {
        throw new Error("cancel");
      },
    },
  });
  const listened: Message[] = [];
  socket.subscribe((message) => listened.push(message));
  assert.equal(await fate(socket.request({ type: "bad" })), "encode");
  native.receive('{"type":"odd"}');
  assert.deepEqual(listened, [{ type: "odd" }]);
  assert.equal(await fate(socket.request({ type: "slow" }, { timeout: 1 })), "timeout, sent");
  assert.deepEqual(
    reported.map((error) => (error as Error).message),
    ["id", "cancel"],
  );
});

const AUTH = (message: () => unknown): Options<Message, Message> => ({
  auth: {
    message: message as () => Message,
    accept: ({ type }) => (type === "yes" ? true : type === "no" ? false : undefined),
    expiresIn: ({ holds }) => holds,
  },
});
const YES = '{"type":"yes"}';
const NO = '{"type":"no"}';

/** A socket that has signed in; `asked` counts the provider's calls. */
async function signedIn(later: () => unknown = () => ({ type: "auth", token: "fresh" })) {
  const asked = { times: 0 };
  const provider = () => (asked.times++ ? later() : { type: "auth", token: "first" });
  const { socket, native } = await dial<Message, Message>(AUTH(provider));
  native.open();
  await turn();
  native.receive(YES);
  assert.equal(socket.state.name, "open");
  return { socket, native, asked };
}

/** Lets a provider answer. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("new credentials go over the open connection, asked for once, and the yes reaches no listener", async () => {
  const { socket, native, asked } = await signedIn();
  const listened: Message[] = [];
  socket.subscribe((message) => listened.push(message));
  const both = [socket.reauthenticate(), socket.reauthenticate()];
  await turn();
  native.receive('{"type":"news"}');
  native.receive(YES);
  await Promise.all(both);
  assert.equal(asked.times, 2);
  assert.deepEqual(native.sent.map(parse), [
    { type: "auth", token: "first" },
    { type: "auth", token: "fresh" },
  ]);
  assert.deepEqual(listened, [{ type: "news" }]);
  native.receive(YES);
  assert.deepEqual(listened, [{ type: "news" }, { type: "yes" }], "nobody asked");
});

test("refused, it is a break, and the promise ends with the next connection", async () => {
  const { socket, native } = await signedIn();
  const renewed = fate(socket.reauthenticate());
  await turn();
  native.receive(NO);
  assert.equal(socket.state.name, "waiting");
  const next = FakeWebSocket.next();
  socket.reconnect();
  const second = await next;
  second.open();
  await turn();
  second.receive(NO);
  assert.equal(socket.state.name, "closed");
  assert.equal(await renewed, "closed");
  assert.equal(await fate(socket.reauthenticate()), "closed");
});

test("a provider that fails leaves the connection as it is", async () => {
  const failure = new Error("no token");
  const { socket, native } = await signedIn(() => Promise.reject(failure));
  const errors: { error: TautlineError }[] = heard(socket as Socket, "error");
  await assert.rejects(socket.reauthenticate(), (error: TautlineError) => {
    assert.equal(error.code, "provider");
    assert.equal(error.cause, failure);
    return true;
  });
  assert.equal(socket.state.name, "open");
  assert.equal(native.closes.length, 0);
  assert.equal(errors.length, 1);
});

test("during a break the next connection brings new credentials anyway", async () => {
  const { socket, native, asked } = await signedIn();
  const next = FakeWebSocket.next();
  native.end(1006);
  const renewed = socket.reauthenticate();
  const second = await next;
  second.open();
  await turn();
  second.receive(YES);
  await renewed;
  assert.equal(asked.times, 2);
});

test("a wait that is given up is forgotten, and the renewal goes on", async () => {
  const { socket, native, asked } = await signedIn();
  assert.equal(await fate(socket.reauthenticate({ timeout: 1 })), "timeout");
  await turn();
  const second = socket.reauthenticate();
  native.receive(YES);
  await second;
  assert.equal(asked.times, 2);
});

test("credentials that expire are renewed before, each yes saying anew how long they hold", async () => {
  const { native, asked } = await signedIn();
  assert.equal(asked.times, 1);
  // The first yes did not say; this one does.
  const { native: short } = await (async () => {
    const times = { asked: 0 };
    const made = await dial<Message, Message>(
      AUTH(() => ({ type: "auth", token: String(++times.asked) })),
    );
    made.native.open();
    await turn();
    made.native.receive('{"type":"yes","holds":20}');
    return made;
  })();
  const until = async (count: number) => {
    while (short.sent.length < count) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  await until(2);
  short.receive('{"type":"yes","holds":20}');
  await until(3);
  short.receive(YES);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(
    short.sent.map((data) => parse(data).token),
    ["1", "2", "3"],
  );
  assert.equal(native.sent.length, 1);
});
