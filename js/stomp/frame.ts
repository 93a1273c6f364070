// Frames to be sent, as the version of the connection writes them. Their twin for Rust applications is
// src/subprotocol/stomp/frames.rs.

import { StompError } from "./error.js";

/** Headers to be written; undefined ones are left out. */
export type Fields = { readonly [name: string]: string | number | boolean | undefined };

const ESCAPES: { readonly [character: string]: string } = {
  "\\": "\\\\",
  "\n": "\\n",
  ":": "\\c",
  "\r": "\\r",
};

/** Command and headers; what follows is the body, and NUL. CONNECT and STOMP 1.0 escape nothing. */
export function head(command: string, fields: Fields, version = 0): string {
  const written = (text: string, unwritable: RegExp) => {
    // STOMP 1.1 has no escape for CR, and lets it stand.
    const escaped = version
      ? text.replace(version > 1 ? /[\\\n:\r]/g : /[\\\n:]/g, (found) => ESCAPES[found] as string)
      : text;
    if (escaped.includes("\0") || (!version && unwritable.test(text)))
      throw new StompError("header");
    return escaped;
  };
  let text = `${command}\n`;
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined)
      text += `${written(name, /[\n\r:]/)}:${written(`${value}`, /[\n\r]/)}\n`;
  }
  return `${text}\n`;
}

/** A whole frame: text, unless the body is binary. */
export function frame(
  command: string,
  fields: Fields,
  version?: number,
  body: string | BufferSource = "",
): string | Uint8Array<ArrayBuffer> {
  const text = head(command, fields, version);
  if (typeof body === "string") return `${text}${body}\0`;
  const before = new TextEncoder().encode(text);
  const { buffer = body as ArrayBuffer, byteOffset, byteLength } = body as Uint8Array<ArrayBuffer>;
  const whole = new Uint8Array(before.length + byteLength + 1);
  whole.set(before);
  whole.set(new Uint8Array(buffer, byteOffset, byteLength), before.length);
  return whole;
}
