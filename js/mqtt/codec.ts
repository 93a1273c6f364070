import { sizeOf } from "../codec.js";
import { CodecError } from "../errors.js";
import { type StandardSchema, validate } from "../schema.js";
import { bytesOf, textOf } from "./memory.js";

/** Turns payloads into values and back. Either side may throw: see `publish` and the event `invalid`. */
export interface PayloadCodec<Out = unknown, In = unknown> {
  /** Makes the payload of a value: text, which is sent as UTF-8, or binary data. */
  encode(value: Out): string | BufferSource;
  /** Makes the value of a payload, which is its own to keep. */
  decode(payload: Uint8Array<ArrayBuffer>): In;
}

/** Payloads as JSON text. */
export const json = <Out = unknown, In = unknown>(): PayloadCodec<Out, In> => ({
  encode: (value) => JSON.stringify(value),
  decode: (payload) => JSON.parse(textOf(payload)),
});

/** Payloads as text, UTF-8. */
export const text = (): PayloadCodec<string, string> => ({
  encode: (value) => value,
  decode: textOf,
});

/** Payloads as bytes; the default. */
export const bytes = (): PayloadCodec<BufferSource, Uint8Array<ArrayBuffer>> => ({
  encode: (value) => value,
  decode: (payload) => payload,
});

/**
 * A codec whose values a schema checks, in both directions: they are what the schema makes of them. The schema is of any
 * library that follows Standard Schema, and validates at once.
 *
 * @example
 * client.subscribe("sensors/+/state", { codec: checked(json(), z.object({ on: z.boolean() })) });
 */
export const checked = <T>(
  codec: PayloadCodec<never, unknown>,
  schema: StandardSchema<unknown, T>,
): PayloadCodec<T, T> => ({
  encode: (value) => codec.encode(validate(schema, value) as never),
  decode: (payload) => validate(schema, codec.decode(payload)) as T,
});

/** Whether a topic name fits a filter (MQTT 5.0, section 4.7). */
export function fits(topic: string, filter: string): boolean {
  const names = topic.split("/");
  const levels = filter.replace(/^\$share\/[^/]+\//, "").split("/");
  // A wildcard at the beginning is not for the topics of the broker itself.
  if (topic[0] === "$" && /^[+#]/.test(levels[0] as string)) return false;
  const open = levels.at(-1) === "#";
  if (open) levels.pop();
  return (
    (open ? names.length >= levels.length : names.length === levels.length) &&
    levels.every((level, i) => level === "+" || level === names[i])
  );
}

/** The payload of a value; without a codec it is text or binary data already. */
export function encode(
  codec: PayloadCodec<never> | undefined,
  value: unknown,
): Uint8Array<ArrayBuffer> {
  let cause: unknown;
  try {
    const data = codec ? codec.encode(value as never) : value;
    if (sizeOf(data) !== undefined) {
      // A copy: a message may have to leave again.
      const made = bytesOf(data as string | BufferSource);
      return typeof data === "string" ? made : made.slice();
    }
    cause = new TypeError("Neither text nor binary data: give a codec");
  } catch (error) {
    cause = error;
  }
  throw new CodecError("encode", cause);
}
