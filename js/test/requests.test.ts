// Requests and re-authentication: the real engine in virtual time.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { connect, type Options, type TautlineError } from "../index.js";
import { reported } from "./fakes.js";
import { heard } from "./start.js";
import { ADDRESS, fate, type Message, makeKit, opened } from "./testing/setup.js";

const REQUESTS: Options<Message, Message> = {
  requests: {
    id: (message) => (message.type === "reply" ? message.id : undefined),
    stamp: (message, id) => ({ ...message, id }),
    cancel: (id) => ({ type: "cancel", id }),
    max: 3,
  },
};

const reply = (id: unknown) => ({ type: "reply", id }) as Message;

beforeEach(() => {
  reported.length = 0;
});

test("each request gets its own reply, and no listener gets it", async () => {
  const { socket, peer } = await opened(REQUESTS);
  const listened: Message[] = [];
  socket.subscribe((message) => listened.push(message));
  const first = socket.request({ type: "a" });
  const second = socket.request({ type: "b" });
  const a = await peer.expect(({ type }) => type === "a");
  const b = await peer.expect(({ type }) => type === "b");
  assert.notEqual(a.id, b.id);
  // A server that makes texts of numbers is understood, too.
  peer.say({ type: "news" }, reply(b.id), reply(String(a.id)));
  assert.deepEqual(await second, { type: "reply", id: b.id });
  assert.deepEqual(await first, { type: "reply", id: String(a.id) });
  assert.deepEqual(listened, [{ type: "news" }]);
});

test("late, doubled and foreign replies are events, and settle nothing", async () => {
  const { kit, socket, peer } = await opened(REQUESTS);
  peer.ignore(({ type }) => type === "cancel");
  const stray: { error: TautlineError; data: string }[] = heard(socket, "invalid");
  const slow = fate(socket.request({ type: "a" }, { timeout: 250 }));
  assert.equal(await kit.until(slow), "timeout, sent");
  assert.equal(kit.elapsed, 250);
  const { id } = await peer.expect(({ type }) => type === "a");
  const done = socket.request({ type: "b" });
  const foreign = ["x", -1, 0, 1.5, 4_294_967_297, 1e300, {}, [], true];
  peer.say(...[id, ...foreign].map(reply));
  assert.equal(stray.length, 10);
  const next = await peer.expect(({ type }) => type === "b");
  peer.say(reply(next.id), reply(next.id));
  await done;
  assert.equal(stray.length, 11);
  assert.ok(stray.every(({ error }) => error.code === "unmatched"));
  assert.equal(JSON.parse(stray[0]?.data as string).id, id);
});

test("a request has 30 s, if it does not say otherwise", async () => {
  const { kit, socket } = await opened(REQUESTS);
  assert.equal(await kit.until(fate(socket.request({ type: "a" }))), "timeout, sent");
  assert.equal(kit.elapsed, 30_000);
});

test("the server is told of a request that nobody waits for any more, if it can have begun", async () => {
  const kit = makeKit();
  const socket = connect<Message, Message>(ADDRESS, REQUESTS);
  const abort = new AbortController();
  const queued = socket.request({ type: "queued" }, { signal: abort.signal });
  abort.abort("enough");
  assert.equal(await fate(queued), "enough");
  const peer = await kit.accept();
  await peer.expectNothing();
  const second = new AbortController();
  const sent = socket.request({ type: "sent" }, { signal: second.signal });
  second.abort("enough");
  assert.equal(await fate(sent), "enough");
  const slow = fate(socket.request({ type: "slow" }, { timeout: 100 }));
  assert.equal(await kit.until(slow), "timeout, sent");
  const [request, cancel, other, late] = peer.received;
  assert.deepEqual(cancel, { type: "cancel", id: request?.id });
  assert.deepEqual(late, { type: "cancel", id: other?.id });
});

test("a break rejects, or with idempotent sends again under the same id", async () => {
  const { kit, socket, peer } = await opened(REQUESTS);
  const once = socket.request({ type: "once" });
  const again = socket.request({ type: "again" }, { idempotent: true });
  peer.drop();
  assert.equal(await fate(once), "unanswered, sent");
  const late = socket.request({ type: "late" });
  const second = await kit.accept();
  assert.deepEqual(second.received[0], peer.received[1]);
  assert.equal(second.received[1]?.type, "late");
  second.say(...second.received.map(({ id }) => reply(id)));
  await Promise.all([again, late]);
});

test("requests are bounded, and everything ends with the socket", async () => {
  const { kit, socket } = await opened(REQUESTS);
  const pending = [1, 2].map(() => fate(socket.request({ type: "a" })));
  const idempotent = fate(socket.request({ type: "b" }, { idempotent: true }));
  assert.equal(await fate(socket.request({ type: "c" })), "too-many-requests, not sent");
  await socket.close();
  assert.deepEqual(await Promise.all(pending), ["unanswered, sent", "unanswered, sent"]);
  assert.equal(await idempotent, "unanswered, sent");
  assert.equal(await fate(socket.request({ type: "d" })), "closed, not sent");
  await kit.expectNothingLeft();
});

test("functions that throw harm nothing but their own message", async () => {
  const { kit, socket, peer } = await opened({
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
  peer.say({ type: "odd" });
  assert.deepEqual(listened, [{ type: "odd" }]);
  const slow = fate(socket.request({ type: "slow" }, { timeout: 100 }));
  assert.equal(await kit.until(slow), "timeout, sent");
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
const YES: Message = { type: "yes" };
const NO: Message = { type: "no" };
const FIRST: Message = { type: "auth", token: "first" };
const FRESH: Message = { type: "auth", token: "fresh" };

/** A socket that has signed in; `asked` counts the provider's calls. */
async function signedIn(later: () => unknown = () => FRESH) {
  const asked = { times: 0 };
  const provider = () => (asked.times++ ? later() : FIRST);
  const { kit, socket, peer } = await opened(AUTH(provider));
  await peer.expect(FIRST);
  peer.say(YES);
  assert.equal(socket.state.name, "open");
  return { kit, socket, peer, asked };
}

test("new credentials go over the open connection, asked for once, and the yes reaches no listener", async () => {
  const { socket, peer, asked } = await signedIn();
  const listened: Message[] = [];
  socket.subscribe((message) => listened.push(message));
  const both = [socket.reauthenticate(), socket.reauthenticate()];
  await peer.expect(FRESH);
  peer.say({ type: "news" }, YES);
  await Promise.all(both);
  assert.equal(asked.times, 2);
  await peer.expectNothing();
  assert.deepEqual(listened, [{ type: "news" }]);
  peer.say(YES);
  assert.deepEqual(listened, [{ type: "news" }, YES], "nobody asked");
});

test("refused, it is a break, and the promise ends with the next connection", async () => {
  const { kit, socket, peer } = await signedIn();
  const renewed = fate(socket.reauthenticate());
  await peer.expect(FRESH);
  peer.say(NO);
  assert.equal(socket.state.name, "waiting");
  const second = await kit.accept();
  assert.ok(kit.elapsed <= 4_000);
  await second.expect(FRESH);
  second.say(NO);
  assert.equal(`${socket.state.name}`, "closed");
  assert.equal(await renewed, "closed");
  assert.equal(await fate(socket.reauthenticate()), "closed");
});

test("a provider that fails leaves the connection as it is", async () => {
  const failure = new Error("no token");
  const { socket, peer } = await signedIn(() => Promise.reject(failure));
  const errors: { error: TautlineError }[] = heard(socket, "error");
  await assert.rejects(socket.reauthenticate(), (error: TautlineError) => {
    assert.equal(error.code, "provider");
    assert.equal(error.cause, failure);
    return true;
  });
  assert.equal(socket.state.name, "open");
  assert.equal(peer.closed, undefined);
  assert.equal(errors.length, 1);
});

test("a function of the restore step that was kept is not taken for the credentials", async () => {
  let kept: (message: Message) => unknown = () => undefined;
  let bring: (message: Message) => void = () => {};
  const late = new Promise<Message>((resolve) => {
    bring = resolve;
  });
  let times = 0;
  const provider = () => (times++ ? late : FIRST);
  const { socket, peer } = await opened({
    ...AUTH(provider),
    restore: (send) => {
      kept = send as typeof kept;
    },
  });
  await peer.expect(FIRST);
  peer.say(YES);
  await socket.opened();
  const renewed = socket.reauthenticate();
  assert.equal(kept({ type: "join" }), "dropped");
  bring(FRESH);
  await peer.expect(FRESH);
  peer.say(YES);
  await renewed;
});

test("during a break the next connection brings new credentials anyway", async () => {
  const { kit, socket, peer, asked } = await signedIn();
  peer.drop();
  const renewed = socket.reauthenticate();
  const second = await kit.accept();
  await second.expect(FRESH);
  second.say(YES);
  await renewed;
  assert.equal(asked.times, 2);
});

test("a wait that is given up is forgotten, and the renewal goes on", async () => {
  const { kit, socket, peer, asked } = await signedIn();
  const short = fate(socket.reauthenticate({ timeout: 100 }));
  assert.equal(await kit.until(short), "timeout");
  assert.equal(kit.elapsed, 100);
  const second = socket.reauthenticate();
  peer.say(YES);
  await second;
  assert.equal(asked.times, 2);
});

test("credentials that expire are renewed before, each yes saying anew how long they hold", async () => {
  let asked = 0;
  const { kit, peer } = await opened(AUTH(() => ({ type: "auth", token: String(++asked) })));
  for (const holds of [60_000, 600_000]) {
    const since = kit.elapsed;
    await peer.expect({ type: "auth", token: String(asked || 1) }, { within: 0 });
    peer.say({ type: "yes", holds });
    const before = asked;
    await kit.until(() => asked > before, { within: holds });
    assert.ok(kit.elapsed - since > holds / 2, `${kit.elapsed - since} of ${holds}`);
    assert.ok(kit.elapsed - since < holds, `${kit.elapsed - since} of ${holds}`);
  }
  await peer.expect({ type: "auth", token: "3" });
  // A yes that does not say: they hold for ever.
  peer.say(YES);
  await kit.advance(24 * 3_600_000);
  assert.equal(asked, 3);
});
