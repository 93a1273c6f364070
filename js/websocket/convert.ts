// What the WebSockets standard asks of arguments, with its errors: https://websockets.spec.whatwg.org/

/** @throws {DOMException} Always, with that name. */
export function fail(name: string, message: string): never {
  throw new DOMException(message, name);
}

/** For methods that need an argument, be it undefined. */
export function need({ length }: ArrayLike<unknown>): void {
  if (!length) throw new TypeError("1 argument required, but none given");
}

export const isObject = (value: unknown): value is object => Object(value) === value;

/** The address to dial, as "getting a URL record" gives it. */
export function readUrl(input: string): string {
  const { document, location } = globalThis;
  let url: URL | undefined;
  try {
    url = new URL(input, document?.baseURI ?? location?.href);
    url.protocol = url.protocol.replace("http", "ws");
  } catch {}
  // Of a parsed address, only the fragment holds a "#": even an empty one counts.
  if (!url || !/^wss?:[^#]*$/.test(url.href)) {
    fail("SyntaxError", "url: expected ws(s): or http(s):, and no #fragment");
  }
  return url.href;
}

/** Subprotocols: a text, or anything that can be iterated over. */
export function readProtocols(value: unknown): string[] {
  const names =
    isObject(value) && (value as Iterable<unknown>)[Symbol.iterator]
      ? Array.from(value as Iterable<unknown>, (name) => `${name}`)
      : [`${value}`];
  const isToken = (name: string) => /^[!#-'*+.^-z|~\dA-Z-]+$/.test(name);
  if (new Set(names).size < names.length || !names.every(isToken)) {
    // Their names stay out: some applications put a token there.
    fail("SyntaxError", "protocols: expected distinct subprotocol names (options go third)");
  }
  return names;
}

/** Code and reason of a goodbye; undefined where none is given. */
export function readClose(
  code: unknown,
  reason: unknown,
): [code: number | undefined, reason: string | undefined] {
  // Clamped as the interface definition language says: adding 2 ** 52 leaves no room for a fraction, ties to even.
  const clamped =
    code === undefined
      ? code
      : Math.min(Math.max(+(code as number) || 0, 0), 65_535) + 2 ** 52 - 2 ** 52;
  const text = reason === undefined ? reason : `${reason}`;
  if (clamped !== undefined && clamped !== 1000 && !(clamped >= 3000 && clamped <= 4999)) {
    fail("InvalidAccessError", `code: got ${clamped}, expected 1000, or 3000 to 4999`);
  }
  if (sizeOf(text ?? "") > 123) fail("SyntaxError", "reason: expected at most 123 bytes");
  return [clamped, text];
}

/** What `send` takes; anything else is made a text. */
export const readData = (data: unknown): string | BufferSource | Blob =>
  ArrayBuffer.isView(data) ||
  /^\[object (ArrayBuffer|Blob|File)]$/.test(Object.prototype.toString.call(data))
    ? (data as BufferSource | Blob)
    : `${data}`;

/** Bytes on the wire, text in UTF-8: a Blob takes the same kinds of data as `send` does. */
export const sizeOf = (...data: unknown[]): number => new Blob(data as BlobPart[]).size;
