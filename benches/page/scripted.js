// A WebSocket without a network: it opens by itself, swallows what is sent, and delivers what it is told to.
// What is left of a message's cost is the library's.

export class ScriptedWebSocket extends EventTarget {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSING = 2;
  static CLOSED = 3;
  /** The one made last, which is how a frame finds the socket inside a library. */
  static latest;

  CONNECTING = 0;
  OPEN = 1;
  CLOSING = 2;
  CLOSED = 3;
  readyState = 0;
  bufferedAmount = 0;
  binaryType = "blob";
  protocol = "";
  extensions = "";
  sent = 0;
  last = "";
  #handlers = { open: null, message: null, error: null, close: null };

  constructor(url) {
    super();
    this.url = url;
    ScriptedWebSocket.latest = this;
    queueMicrotask(() => {
      if (this.readyState !== 0) return;
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
    });
  }

  send(data) {
    this.sent++;
    this.last = data;
  }

  close(code = 1005, reason = "") {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    queueMicrotask(() => {
      this.readyState = 3;
      this.dispatchEvent(new CloseEvent("close", { code, reason, wasClean: true }));
    });
  }

  #handle(type, handler) {
    this.removeEventListener(type, this.#handlers[type]);
    this.addEventListener(type, handler);
    this.#handlers[type] = handler;
  }

  get onopen() {
    return this.#handlers.open;
  }
  set onopen(handler) {
    this.#handle("open", handler);
  }
  get onmessage() {
    return this.#handlers.message;
  }
  set onmessage(handler) {
    this.#handle("message", handler);
  }
  get onerror() {
    return this.#handlers.error;
  }
  set onerror(handler) {
    this.#handle("error", handler);
  }
  get onclose() {
    return this.#handlers.close;
  }
  set onclose(handler) {
    this.#handle("close", handler);
  }
}

/** Answers each `ping n` with `pong n` at once. */
export class AnsweringWebSocket extends ScriptedWebSocket {
  send(data) {
    if (data.startsWith("ping ")) {
      this.dispatchEvent(new MessageEvent("message", { data: `pong ${data.slice(5)}` }));
    } else {
      super.send(data);
    }
  }
}
