// Who is measured, each behind the same few functions: connect(listener) gives { opened, send, close }.
// Text contenders hand strings to the listener, JSON contenders objects; each in the way its own manual shows first.
import { WebSocket as PartySocket } from "partysocket";
import ReconnectingWebSocket from "reconnecting-websocket";
import { connect, json, text } from "../../pkg/index.js";
import { AnsweringWebSocket, ScriptedWebSocket } from "./scripted.js";

const URL = "ws://scripted.test/";
const heartbeat = { ping: { type: "ping" }, isPong: (message) => message.type === "pong" };

/** Pings are answered with their ids, so that everything is confirmed as it would be by a server that is close by. */
const confirming = {
  codec: text(),
  WebSocket: AnsweringWebSocket,
  heartbeat: {
    ping: (id) => `ping ${id}`,
    isPong: (message) => message.startsWith("pong ") && Number(message.slice(5)),
  },
};

export const contenders = {
  "native, text": (listener) => plain(new ScriptedWebSocket(URL), listener),
  "native, JSON": (listener) => parsing(new ScriptedWebSocket(URL), listener),
  "tautline, text": (listener) => tautline({ codec: text() }, listener),
  "tautline, JSON": (listener) => tautline({ codec: json() }, listener),
  "tautline, heartbeat, JSON": (listener) => tautline({ codec: json(), heartbeat }, listener),
  "tautline, events, text": (listener) => {
    const { socket, ...rest } = tautline({ codec: text() });
    socket.addEventListener("message", (event) => listener(event.data));
    return { socket, ...rest };
  },
  "tautline, at least once, text": (listener) =>
    tautline({ ...confirming, delivery: "at-least-once" }, listener),
  "tautline, confirmed, text": (listener) => {
    const { socket, ...rest } = tautline(confirming, listener);
    const confirmed = { until: "confirmed" };
    return { socket, ...rest, send: (message) => socket.deliver(message, confirmed) };
  },
  // No pong and no bound that is reached: nothing is confirmed while messages are kept.
  "tautline, keeping, text": (listener) =>
    tautline(
      {
        ...confirming,
        WebSocket: ScriptedWebSocket,
        delivery: "at-least-once",
        confirmWithin: 2 ** 30,
        queue: { maxMessages: 2 ** 30, maxBytes: 2 ** 30 },
      },
      listener,
    ),
  "partysocket, text": (listener) => plain(partysocket(), listener),
  "partysocket, JSON": (listener) => parsing(partysocket(), listener),
  "reconnecting-websocket, text": (listener) => plain(reconnecting(), listener),
  "reconnecting-websocket, JSON": (listener) => parsing(reconnecting(), listener),
};

const partysocket = () => new PartySocket(URL, [], { WebSocket: ScriptedWebSocket });
const reconnecting = () => new ReconnectingWebSocket(URL, [], { WebSocket: ScriptedWebSocket });

function tautline(options, listener) {
  const socket = connect(URL, { WebSocket: ScriptedWebSocket, ...options });
  if (listener) socket.subscribe(listener);
  return {
    socket,
    opened: socket.opened(),
    send: (message) => socket.send(message),
    close: () => socket.close(),
  };
}

function plain(socket, listener) {
  socket.addEventListener("message", (event) => listener(event.data));
  return {
    socket,
    opened: opening(socket),
    send: (message) => socket.send(message),
    close: closing(socket),
  };
}

function parsing(socket, listener) {
  socket.addEventListener("message", (event) => listener(JSON.parse(event.data)));
  return {
    socket,
    opened: opening(socket),
    send: (message) => socket.send(JSON.stringify(message)),
    close: closing(socket),
  };
}

const once = (socket, type) =>
  new Promise((resolve) => {
    socket.addEventListener(type, () => resolve(), { once: true });
  });

const opening = (socket) => once(socket, "open");
const closing = (socket) => () => {
  const closed = once(socket, "close");
  socket.close();
  return closed;
};
