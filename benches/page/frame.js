// One contender in a frame of its own: no library runs code that the browser has tuned to another.
import { contenders } from "./contenders.js";
import { eventsOf, objects, texts } from "./messages.js";
import { ScriptedWebSocket } from "./scripted.js";

const name = decodeURIComponent(location.hash.slice(1));
const isJson = name.endsWith("JSON");
const connect = contenders[name];

let heard = 0;
let units = 0;
let client;
let socket;
let messages;
let events;

const listener = isJson
  ? (message) => {
      heard++;
      units += message.id;
    }
  : (message) => {
      heard++;
      units += message.length;
    };

/** Opens a socket for messages of one size. */
async function open(size) {
  client = connect(listener);
  await client.opened;
  socket = ScriptedWebSocket.latest;
  messages = isJson ? objects(size) : texts(size);
  events = eventsOf(isJson ? messages.map((message) => JSON.stringify(message)) : messages);
}

const close = () => client.close();

/** The time that `count` received messages take, in ms. */
function receive(count) {
  const before = heard;
  const start = performance.now();
  for (let i = 0; i < count; i++) socket.dispatchEvent(events[i % events.length]);
  const time = performance.now() - start;
  proves(count, heard - before, "received");
  return time;
}

/** The time that `count` sent messages take, in ms. */
function send(count) {
  // A sign of life, or a heartbeat would find this server dead.
  socket.dispatchEvent(events[0]);
  const before = socket.sent;
  const start = performance.now();
  for (let i = 0; i < count; i++) client.send(messages[i % messages.length]);
  const time = performance.now() - start;
  proves(count, socket.sent - before, "sent");
  return time;
}

/** What was not done must not count as fast. */
function proves(wanted, done, verb) {
  if (wanted !== done || units === 0 || socket.readyState !== 1)
    throw new Error(`${name}: ${done} of ${wanted} messages were ${verb}`);
}

globalThis.contender = { open, close, receive, send };
