// Frames out of the bytes that arrive, however these are split over messages. Its twin for Rust applications is
// src/subprotocol/stomp/parser.rs.

import type { Frame } from "../codec.js";
import { StompError } from "./error.js";
import type { VIOLATIONS } from "./wire.js";

/** The longest line that can be a command. */
const MAX_COMMAND = 16;
const MAX_HEADERS = 256;
/** Bytes of a header line. */
const MAX_HEADER_BYTES = 16_384;
/** Unless the client is told otherwise. */
const MAX_BODY_BYTES = 128 * 1024 * 1024;
const LF = 10;
const CR = 13;

/** What a server sends; the first two cannot have a body. */
const COMMANDS = ["CONNECTED", "RECEIPT", "MESSAGE", "ERROR"];

const UNESCAPED: { readonly [character: string]: string } = {
  "\\": "\\",
  n: "\n",
  c: ":",
  // STOMP 1.1 does not know it, but some of its servers write it.
  r: "\r",
};

/** Headers by name; of repeated ones the first counts. */
export type Headers = Record<string, string>;

/** A frame that has arrived in whole. */
export interface ServerFrame {
  readonly command: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The broker breaks the protocol, or a limit. */
export function violate(what: (typeof VIOLATIONS)[number]): never {
  throw new StompError(`violation: ${what}`);
}

/** Reads the frames of one connection. What throws is a violation; then nothing more can be read. */
export class Parser {
  /** Whether headers are decoded, as in STOMP 1.1 and later. Those of CONNECTED never are. */
  escapes = true;
  readonly #maxBody: number;
  #bytes = new Uint8Array();
  /** Where the frame begins that is being read … */
  #start = 0;
  /** … and its line, or its body … */
  #from = 0;
  /** … up to where that has been looked at. */
  #seen = 0;
  /** Lines of the frame so far. */
  #lines = 0;
  #head: Omit<ServerFrame, "body"> | undefined;

  constructor(maxBody = MAX_BODY_BYTES) {
    this.#maxBody = maxBody;
  }

  append(data: Frame): void {
    let bytes = typeof data === "string" ? new TextEncoder().encode(data) : new Uint8Array(data);
    const rest = this.#bytes.subarray(this.#start);
    const { buffer, byteOffset } = rest;
    if (rest.length) {
      const length = rest.length + bytes.length;
      // Twice the room, so that a body in many parts is not copied for each.
      const whole =
        buffer.byteLength - byteOffset < length
          ? new Uint8Array(2 * length)
          : new Uint8Array(buffer, byteOffset);
      if (whole.buffer !== buffer) whole.set(rest);
      whole.set(bytes, rest.length);
      bytes = whole.subarray(0, length);
    }
    this.#bytes = bytes;
    this.#from -= this.#start;
    this.#seen -= this.#start;
    this.#start = 0;
  }

  /** The next frame that is there in whole. */
  next(): ServerFrame | undefined {
    const bytes = this.#bytes;
    while (!this.#head) {
      const at = this.#from;
      const found = bytes.indexOf(LF, this.#seen);
      const end = found < 0 ? bytes.length : found;
      const isFirst = !this.#lines;
      if (end - at > (isFirst ? MAX_COMMAND : MAX_HEADER_BYTES))
        violate(isFirst ? "command" : "header-size");
      // It would end the frame, which has not got so far.
      if (bytes.subarray(this.#seen, end).includes(0)) violate(isFirst ? "command" : "header");
      this.#seen = end;
      if (found < 0) return undefined;
      this.#seen = this.#from = end + 1;
      if (end > at + +(bytes[at] === CR)) {
        // The first line is no header.
        if (this.#lines++ > MAX_HEADERS) violate("header-count");
        if (isFirst) this.#commandOf(at, end);
      } else if (isFirst) {
        // A heart-beat.
        this.#start = this.#from;
      } else {
        this.#head = this.#read(this.#text(this.#start, at));
      }
    }
    return this.#body(this.#head);
  }

  #text(from: number, to: number): string {
    try {
      const options = { fatal: true, ignoreBOM: true };
      return new TextDecoder("utf-8", options).decode(this.#bytes.subarray(from, to));
    } catch {
      return violate("encoding");
    }
  }

  #commandOf(from: number, to: number): void {
    const line = new TextDecoder().decode(this.#bytes.subarray(from, to));
    if (!COMMANDS.includes(line.replace(/\r$/, ""))) violate("command");
  }

  #read(text: string): Omit<ServerFrame, "body"> {
    const headers: Headers = Object.create(null);
    const [command = "", ...lines] = text.split(/\r?\n/);
    // What follows the last line end.
    lines.pop();
    const decode = (part: string) =>
      this.escapes && command !== COMMANDS[0]
        ? part.replace(
            /\\(.?)/gs,
            // What went wrong is worth more than how it is written.
            (all, next) => UNESCAPED[next] ?? (command === "ERROR" ? all : violate("escape")),
          )
        : part;
    for (const line of lines) {
      const colon = line.indexOf(":");
      if (colon < 1) violate("header");
      headers[decode(line.slice(0, colon))] ??= decode(line.slice(colon + 1));
    }
    if (/\D|^$/.test(headers["content-length"] ?? "0")) violate("content-length");
    return { command, headers };
  }

  #body({ command, headers }: Omit<ServerFrame, "body">): ServerFrame | undefined {
    const bytes = this.#bytes;
    const from = this.#from;
    const length = headers["content-length"];
    let end = from + Number(length);
    if (length === undefined) {
      const found = bytes.indexOf(0, this.#seen);
      end = this.#seen = found < 0 ? bytes.length : found;
    }
    if (end - from > this.#maxBody) violate("body-size");
    if (end >= bytes.length) return undefined;
    if (bytes[end]) violate("terminator");
    if (end > from && COMMANDS.indexOf(command) < 2) violate("body");
    this.#start = this.#from = this.#seen = end + 1;
    this.#lines = 0;
    this.#head = undefined;
    return { command, headers, body: bytes.slice(from, end) };
  }
}
