// How bytes get into the memory of the module, and out of it.

import type { MqttExports } from "./exports.js";

// Made at the first use: nothing is used by an import.
let encoder: TextEncoder | undefined;
let decoder: TextDecoder | undefined;

/** The fields of an event: how many the module has. */
const FIELDS = 16;

export const bytesOf = (
  data: string | BufferSource | readonly number[],
): Uint8Array<ArrayBuffer> => {
  if (typeof data === "string") {
    encoder ??= new TextEncoder();
    return encoder.encode(data);
  }
  const { buffer = data as ArrayBuffer, byteOffset, byteLength } = data as Uint8Array<ArrayBuffer>;
  return new Uint8Array(buffer, byteOffset, byteLength);
};

export const textOf = (bytes: BufferSource): string => {
  decoder ??= new TextDecoder();
  return decoder.decode(bytes);
};

/** A look into memory, which holds until the next call of the module. */
export const view = (
  { memory }: MqttExports,
  at: number,
  length: number,
): Uint8Array<ArrayBuffer> => new Uint8Array(memory.buffer as ArrayBuffer, at, length);

/** The fields of what was polled last. */
export const fieldsOf = (exports: MqttExports, id: number): Float64Array =>
  new Float64Array(exports.memory.buffer, exports.fields(id), FIELDS);

export type Lengths = [number, number, number];

/** Writes parts one after the other into the input; gives their lengths, -1 for one that is absent. */
export function write(
  exports: MqttExports,
  id: number,
  ...parts: (string | BufferSource | readonly number[] | undefined)[]
): number[] {
  const all = parts.map((part) => (part === undefined ? undefined : bytesOf(part)));
  let length = 0;
  for (const part of all) length += part?.length ?? 0;
  const at = exports.input(id, length);
  const room = view(exports, at, length);
  let end = 0;
  return all.map((part) => {
    if (!part) return -1;
    room.set(part, end);
    end += part.length;
    return part.length;
  });
}
