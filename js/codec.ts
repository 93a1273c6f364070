/** A received frame: text, or binary data as an ArrayBuffer. */
export type Frame = string | ArrayBuffer;

/** Turns messages into frames and back. Either side may throw: see the events `drop` and `invalid`. */
export interface Codec<Out = unknown, In = unknown> {
  /** Makes the frame of a message: text or binary data. */
  encode(message: Out): string | BufferSource;
  /** Makes the message of a frame; throws where the frame does not fit. */
  decode(frame: Frame): In;
}

/** Data that goes out as it is, past the codec: see {@link raw}. */
export class Raw {
  /** The frame. */
  readonly data: string | BufferSource;

  /** @internal */
  constructor(data: string | BufferSource) {
    this.data = data;
  }
}

/**
 * Wraps a frame that the codec must not touch, such as a ping that is plain text among JSON messages.
 *
 * @example
 * connect(url, { heartbeat: { ping: raw("ping"), isPong: (_, frame) => frame === "pong" } });
 */
export const raw = (data: string | BufferSource): Raw => new Raw(data);

/** Messages as JSON text; the default. A binary frame is invalid. */
export const json = <Out = unknown, In = unknown>(): Codec<Out, In> => ({
  encode: (message) => JSON.stringify(message),
  // An ArrayBuffer becomes "[object ArrayBuffer]", which is no JSON.
  decode: (frame) => JSON.parse(frame as string),
});

/** Messages as plain text. A binary frame is invalid. */
export const text = (): Codec<string, string> => ({
  encode: (message) => message,
  // The text itself; an ArrayBuffer has no such method, and so is invalid.
  decode: (frame) => (frame as string).concat(),
});

/** Messages as bytes. A text frame is invalid. */
export const bytes = (): Codec<BufferSource, Uint8Array> => ({
  encode: (message) => message,
  // A view of text throws; a Uint8Array of text would not.
  decode: (frame) => new Uint8Array(new DataView(frame as ArrayBuffer).buffer as ArrayBuffer),
});

/**
 * Size as the limits count it: UTF-16 units for text, bytes for binary data; undefined for anything else. A Blob is what
 * the drop-in class may be given to send: it cannot be read at once, nor need it be.
 *
 * @internal
 */
export const sizeOf = (data: unknown): number | undefined =>
  typeof data === "string"
    ? data.length
    : ((data as ArrayBuffer | undefined)?.byteLength ?? blobSize(data));

// Last, so that bytes do not pay for it, and asked for by name: a runtime may have no such class.
const blobSize = (data: unknown) =>
  globalThis.Blob && data instanceof Blob ? data.size : undefined;

/**
 * A copy, so that a queued message stays as it was sent; text and a Blob need none.
 *
 * @internal
 */
export const copyOf = (data: string | BufferSource): string | BufferSource => {
  if (typeof data === "string" || data.byteLength === undefined) return data;
  const { buffer = data as ArrayBuffer, byteOffset, byteLength } = data as Uint8Array<ArrayBuffer>;
  return new Uint8Array(buffer, byteOffset, byteLength).slice();
};
