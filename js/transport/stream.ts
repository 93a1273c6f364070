// A WebSocketStream behind the face of a WebSocket. It is read message by message, and not at all while the application
// has no room: then the browser reads nothing from the network either, and the server has to wait.

import { copyOf, type Frame, sizeOf } from "../codec.js";
import { type Scope, scope } from "../scope.js";

interface WebSocketStream {
  readonly opened: Promise<{
    readonly readable: ReadableStream<Frame>;
    readonly writable: WritableStream<string | BufferSource>;
    readonly protocol: string;
  }>;
  readonly closed: Promise<{ readonly closeCode: number; readonly reason: string }>;
  close(info: { closeCode: number | undefined; reason: string | undefined }): void;
}

const ignore = () => {};

export class StreamSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: Frame }) => void) | null = null;
  onclose: ((event: Partial<CloseEvent>) => void) | null = null;
  onerror: unknown;
  binaryType: unknown;
  protocol = "";
  readyState = 0;
  bufferedAmount = 0;
  /** Looks again whether there is room. */
  resume: () => void = ignore;
  readonly #stream: WebSocketStream;
  #writer: WritableStreamDefaultWriter<string | BufferSource> | undefined;
  #written: Promise<void> | undefined;
  /** Whatever is still to be read is to be read at once. */
  #isEnding = false;

  /** `isFull` says whether nothing is to be read for now; `held` is told when reading stops, and goes on. */
  constructor(
    url: string,
    protocols: string[],
    isFull: () => unknown,
    held: (isHeld: boolean) => void,
  ) {
    const { WebSocketStream } = scope as Required<Scope>;
    this.#stream = new WebSocketStream(url, { protocols }) as WebSocketStream;
    this.#live(isFull, held);
  }

  async #live(isFull: () => unknown, held: (isHeld: boolean) => void): Promise<void> {
    const { opened, closed } = this.#stream;
    const end = closed
      .then(
        ({ closeCode: code, reason }) => ({ code, reason, wasClean: true }),
        () => ({}),
      )
      .finally(() => this.#hasten());
    try {
      const { readable, writable, protocol } = await opened;
      const reader = readable.getReader();
      this.#writer = writable.getWriter();
      this.#writer.closed.catch(ignore);
      this.protocol = protocol;
      this.readyState = 1;
      this.onopen?.();
      for (;;) {
        while (!this.#isEnding && isFull()) {
          held(true);
          await new Promise<void>((resolve) => {
            this.resume = resolve;
          });
          // Nothing is told of a socket that was given up meanwhile: another may be held.
          if (this.onmessage) held(false);
        }
        const { value, done } = await reader.read();
        if (done) break;
        this.onmessage?.({ data: value });
      }
    } catch {}
    this.readyState = 3;
    this.onclose?.(await end);
  }

  #hasten(): void {
    this.#isEnding = true;
    this.resume();
  }

  send(data: string | BufferSource): void {
    // Throws before it is open, as a WebSocket does.
    const writer = this.#writer as WritableStreamDefaultWriter<string | BufferSource>;
    const size = sizeOf(data) as number;
    // A stream takes the data when it gets to it.
    const written = writer.write(copyOf(data));
    this.bufferedAmount += size;
    this.#written = written.then(() => {
      this.bufferedAmount -= size;
    }, ignore);
  }

  /** What was sent leaves before the goodbye; a socket that is given up waits for nothing. */
  close(closeCode?: number, reason?: string): void {
    const say = () => this.#stream.close({ closeCode, reason });
    this.readyState = 2;
    // The close of the server stands behind whatever is unread.
    this.#hasten();
    if (this.onmessage && this.bufferedAmount) this.#written?.then(say);
    else say();
  }
}
