// What the types allow and refuse: checked by tsc, never run.
import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import {
  bytes,
  type CauseKind,
  type Codec,
  connect,
  type DropError,
  json,
  raw,
  type Socket,
  type State,
  type Stats,
  type TautlineError,
  text,
} from "../index.js";
import type { STATS } from "../wire.js";

type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const is = <T extends true>(): T => true as T;

type Out = { type: "say"; text: string } | { type: "ping" };
type In = { type: "said"; text: string } | { type: "pong" };

export function generics() {
  const socket = connect<Out, In>("wss://example.com", {
    protocols: "chat.v2",
    heartbeat: { ping: { type: "ping" }, isPong: (m) => m.type === "pong" },
    auth: {
      message: async () => ({ type: "ping" }),
      accept: (m) => m.type === "pong" || undefined,
    },
    restore: async (send, { reconnected, downtime, unconfirmed, signal }) => {
      is<Same<typeof reconnected, boolean>>();
      is<Same<typeof downtime, number>>();
      is<Same<typeof unconfirmed, number>>();
      is<Same<typeof signal, AbortSignal>>();
      const fate = send({ type: "ping" });
      is<Same<typeof fate, "sent" | "dropped">>();
      // @ts-expect-error not one of ours
      send({ type: "pong" });
    },
    retry: (close, attempt) => (close.kind === "heartbeat" ? attempt * 1_000 : undefined),
  });
  is<Same<typeof socket, Socket<Out, In>>>();
  const fate = socket.send({ type: "say", text: "hi" }, { ttl: 1, key: "k" });
  is<Same<typeof fate, "sent" | "queued" | "dropped">>();
  socket.send(raw("anything"));
  // @ts-expect-error a text is missing
  socket.send({ type: "say" });
  const off = socket.subscribe((message) => is<Same<typeof message, In>>());
  is<Same<typeof off, () => void>>();
  // @ts-expect-error messages are no numbers
  socket.subscribe((message: number) => message);
}

export function events(socket: Socket<Out, In>) {
  socket.addEventListener("message", (event) => is<Same<typeof event, MessageEvent<In>>>());
  socket.addEventListener("state", ({ state, previous }) => {
    is<Same<typeof state, State>>();
    is<Same<typeof previous, State>>();
  });
  socket.addEventListener("drop", ({ message, error }) => {
    if (!("data" in message)) is<Same<typeof message, Out>>();
    if (error.code === "expired")
      is<Same<typeof error extends TautlineError ? true : false, true>>();
  });
  socket.addEventListener("latency", ({ latency }) => is<Same<typeof latency, number>>());
  socket.addEventListener("close", ({ why, code, reason, wasClean }) => {
    is<Same<typeof why, Extract<State, { name: "closed" }>["why"]>>();
    is<Same<typeof code, number>>();
    is<Same<typeof reason, string>>();
    is<Same<typeof wasClean, boolean>>();
  });
  socket.addEventListener("open", {
    handleEvent: ({ downtime }) => is<Same<typeof downtime, number>>(),
  });
  socket.addEventListener("error", () => {}, { once: true, signal: AbortSignal.timeout(1) });
  socket.addEventListener("state", function () {
    return this;
  });
  socket.addEventListener("of the user", (event) => is<Same<typeof event, Event>>());
  // @ts-expect-error a state event has no data
  socket.addEventListener("state", (event: MessageEvent) => event.data);
  const target: EventTarget = socket;
  return target;
}

export function states({ state }: Socket) {
  switch (state.name) {
    case "waiting":
      is<Same<typeof state.until, number>>();
      is<Same<typeof state.cause.kind, CauseKind>>();
      return state.attempt;
    case "suspended":
      is<Same<typeof state.why, "frozen" | "paused">>();
      return state.cause?.code;
    case "closed":
      return state.why;
    default:
      // @ts-expect-error only a wait has an end
      return state.until;
  }
}

export function codecs() {
  is<Same<ReturnType<typeof textSocket>, Socket<string, string>>>();
  const textSocket = () => connect("wss://example.com", { codec: text() });
  const byteSocket = connect("wss://example.com", { codec: bytes() });
  byteSocket.send(new Uint8Array(1));
  byteSocket.send(new ArrayBuffer(1));
  byteSocket.subscribe((message) => is<Same<typeof message, Uint8Array>>());
  // @ts-expect-error bytes are not text
  byteSocket.send("text");
  connect<Out, In>("/", { codec: json() });
  const own: Codec<Date, number> = { encode: String, decode: (frame) => Number(frame) };
  connect("/", { codec: own }).send(new Date());
  // @ts-expect-error the codec makes numbers
  connect<Date, string>("/", { codec: own });
}

export async function others(socket: Socket<Out, In>) {
  for await (const message of socket) is<Same<typeof message, In>>();
  await socket.opened({ signal: AbortSignal.timeout(1) });
  await socket.close(4000, "bye", { drain: 100 });
  is<Same<keyof Stats, (typeof STATS)[number]>>();
  await using disposed = connect(() => new URL("wss://example.com"));
  connect(async ({ attempt, lastClose, signal }) => {
    is<Same<typeof attempt, number>>();
    is<Same<typeof signal, AbortSignal>>();
    return `/live?after=${lastClose?.code}`;
  });
  // @ts-expect-error an option that does not exist
  connect("/", { reconnect: true });
  // @ts-expect-error a delay is in milliseconds
  connect("/", { connectTimeout: "10s" });
  // @ts-expect-error 4000 is followed by something that is no action
  connect("/", { retry: { 4000: "never" } });
  // @ts-expect-error no such preset
  connect("/", { retry: "socket.io" });
  connect("/", { WebSocket, logger: console, retry: { 1000: false, "4500-4599": 5_000 } });
  return disposed;
}

export const codes = (error: DropError) => error.code satisfies string;

export function inference() {
  // Messages are whatever the application sends, not only what a ping or credentials look like.
  const pinged = connect("wss://example.com", {
    heartbeat: { ping: { type: "ping" }, isPong: () => true },
  });
  pinged.send({ type: "say", text: "hi" });
  const signed = connect("wss://example.com", {
    heartbeat: { ping: raw("ping"), isPong: (_, frame) => frame === "pong" },
    auth: { message: () => ({ token: "t" }), accept: () => true },
  });
  signed.send({ type: "say" });
}

export function schemas() {
  const zodded = connect("wss://example.com", { schema: z.object({ n: z.coerce.number() }) });
  zodded.subscribe((message) => is<Same<typeof message, { n: number }>>());
  const valibotted = connect("wss://example.com", { schema: v.object({ n: v.number() }) });
  valibotted.subscribe((message) => is<Same<typeof message, { n: number }>>());
  const arktyped = connect("wss://example.com", { schema: type({ n: "number" }) });
  arktyped.subscribe((message) => is<Same<typeof message, { n: number }>>());
  const both = connect("wss://example.com", {
    schema: { receive: z.string(), send: z.object({ n: z.number() }) },
  });
  both.subscribe((message) => is<Same<typeof message, string>>());
  both.send({ n: 1 });
  // @ts-expect-error the schema of what is sent says a number
  both.send({ n: "1" });
  // @ts-expect-error a schema is no function that parses
  connect("wss://example.com", { schema: { parse: JSON.parse } });
}

export async function delivery(socket: Socket<Out, In>) {
  is<Same<ReturnType<typeof socket.deliver>, Promise<void>>>();
  const reply = await socket.request({ type: "say", text: "hi" }, { idempotent: true });
  is<Same<typeof reply, In>>();
  await socket.flushed({ timeout: 1 });
  await socket.drained(1, { signal: AbortSignal.timeout(1) });
  await socket.reauthenticate();
  for await (const message of socket.messages({ overflow: "latest", key: ({ type }) => type })) {
    is<Same<typeof message, In>>();
  }
  // @ts-expect-error no such fate
  await socket.deliver({ type: "say", text: "hi" }, { until: "read" });
  // @ts-expect-error no such promise
  connect("/", { delivery: "exactly-once" });
}
