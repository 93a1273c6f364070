// The interface as its definition gives it: what exists where, and with which attributes.
import { each, echo, ok, open, same, throws } from "./kit.js";

const CONSTANTS = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"];
const READONLY = ["url", "readyState", "bufferedAmount", "extensions", "protocol"];
const WRITABLE = ["onopen", "onerror", "onclose", "onmessage", "binaryType"];
const OPERATIONS = { close: 0, send: 1 };

const own = Object.getOwnPropertyDescriptor;

const flags = ({ writable, enumerable, configurable }) => [writable, enumerable, configurable];

export const idl = {
  "interface: name, length and place": () => {
    same(WebSocket.name, "WebSocket");
    same(WebSocket.length, 1);
    same(flags(own(globalThis, "WebSocket")), [true, false, true]);
    same(flags(own(WebSocket, "name")), [false, false, true]);
    same(flags(own(WebSocket, "length")), [false, false, true]);
  },
  "interface: what it inherits": () => {
    same(Object.getPrototypeOf(WebSocket), EventTarget, "prototype of the class");
    same(Object.getPrototypeOf(WebSocket.prototype), EventTarget.prototype, "of its prototype");
  },
  "interface: its prototype": () => {
    same(flags(own(WebSocket, "prototype")), [false, false, false]);
    ok(Object.hasOwn(WebSocket.prototype, "constructor"), "no constructor");
    same(flags(own(WebSocket.prototype, "constructor")), [true, false, true]);
    same(WebSocket.prototype.constructor, WebSocket);
    ok(!Object.hasOwn(WebSocket.prototype, Symbol.unscopables), "unscopables");
  },
  "interface: its tag": (made) => {
    const tag = own(WebSocket.prototype, Symbol.toStringTag);
    same(tag.value, "WebSocket");
    same(flags(tag), [false, false, true]);
    same(String(open(made)), "[object WebSocket]");
    same(Object.prototype.toString.call(made[0]), "[object WebSocket]");
    same(String(WebSocket.prototype), "[object WebSocket]");
  },
  "interface: sockets have nothing of their own": (made) => {
    same(Object.getOwnPropertyNames(open(made)), []);
    same(made[0].constructor, WebSocket);
    same(Object.getPrototypeOf(made[0]), WebSocket.prototype);
  },
  ...each("constant", CONSTANTS, (made, name) => {
    const socket = open(made);
    for (const [where, owner] of [
      ["class", WebSocket],
      ["prototype", WebSocket.prototype],
    ]) {
      const constant = own(owner, name);
      ok(constant, `not in the ${where}`);
      same(constant.value, CONSTANTS.indexOf(name), where);
      same(flags(constant), [false, true, false], where);
    }
    same(socket[name], CONSTANTS.indexOf(name), "in the socket");
    ok(!Reflect.set(WebSocket, name, 9), "can be set");
    ok(!Reflect.deleteProperty(WebSocket, name), "can be deleted");
  }),
  ...each("attribute of the interface", [...READONLY, ...WRITABLE], (made, name) => {
    const attribute = own(WebSocket.prototype, name);
    ok(attribute, "not in the prototype");
    same([attribute.enumerable, attribute.configurable], [true, true]);
    same(typeof attribute.get, "function");
    same(attribute.get.name, `get ${name}`);
    same(attribute.get.length, 0);
    throws("TypeError", () => attribute.get.call({}));
    throws("TypeError", () => WebSocket.prototype[name]);
    if (READONLY.includes(name)) {
      same(attribute.set, undefined, "setter");
      const socket = open(made);
      const before = socket[name];
      ok(!Reflect.set(socket, name, 9), "can be set");
      same(socket[name], before);
    } else {
      same(attribute.set.name, `set ${name}`);
      same(attribute.set.length, 1);
      throws("TypeError", () => attribute.set.call({}, null));
    }
    ok(delete open(made)[name], "cannot be deleted from a socket");
    ok(made.at(-1)[name] !== undefined, "is gone from the socket");
  }),
  ...each("operation", Object.keys(OPERATIONS), (made, name) => {
    const operation = own(WebSocket.prototype, name);
    ok(operation, "not in the prototype");
    same(flags(operation), [true, true, true]);
    same(operation.value.name, name);
    same(operation.value.length, OPERATIONS[name]);
    throws("TypeError", () => operation.value.call({}, "a"));
    throws("TypeError", () => operation.value.call(null, "a"));
    ok(name in open(made), "not in the socket");
    ok(!("prototype" in operation.value), "is a constructor");
    throws("TypeError", () => new operation.value());
  }),
  "interface: enumerated as it is defined": (made) => {
    const names = [];
    for (const name in open(made, echo())) names.push(name);
    for (const name of [...CONSTANTS, ...READONLY, ...WRITABLE, ...Object.keys(OPERATIONS)]) {
      ok(names.includes(name), `${name} is not enumerated`);
    }
    ok(names.includes("addEventListener"), "addEventListener is not enumerated");
  },
  "interface: attributes can be replaced": () => {
    const before = own(WebSocket.prototype, "readyState");
    Object.defineProperty(WebSocket.prototype, "readyState", {
      get: () => "mine",
      configurable: true,
    });
    try {
      const socket = new WebSocket(echo());
      same(socket.readyState, "mine");
      socket.close();
    } finally {
      Object.defineProperty(WebSocket.prototype, "readyState", before);
    }
  },
};
