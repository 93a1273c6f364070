// Takes a wasm module apart, as far as its text needs it: sections, functions, instructions with what follows each.

const CODE = 10;

/** What may follow an opcode. Alignments of memory are hints that engines need not have: they are not looked at. */
export const NOTHING = 0;
export const NUMBER = 1;
export const PLACE = 2;
export const SIGNED = 3;
export const BYTES = 4;

const KINDS = [
  [NUMBER, 0x02, 0x04],
  [NUMBER, 0x0c, 0x0d],
  [BYTES, 0x0e, 0x0e],
  [NUMBER, 0x10, 0x10],
  [BYTES, 0x11, 0x11],
  [NUMBER, 0x20, 0x24],
  [PLACE, 0x28, 0x3e],
  [NUMBER, 0x3f, 0x40],
  [SIGNED, 0x41, 0x42],
  [BYTES, 0x43, 0x44],
  [BYTES, 0xfc, 0xfc],
];

export const kindOf = (opcode) =>
  KINDS.find(([, from, to]) => from <= opcode && opcode <= to)?.[0] ?? NOTHING;

/** { head, functions, tail }: the bytes around the section of code, and for each function its locals and instructions. */
export function takeApart(module) {
  const reader = new Reader(module, 8);
  while (reader.byte() !== CODE) reader.skip(reader.number());
  const head = module.subarray(0, reader.at - 1);
  const end = reader.number() + reader.at;
  const functions = Array.from({ length: reader.number() }, () => readFunction(reader));
  if (reader.at !== end) throw new Error("the section of code ends elsewhere");
  return { head, functions, tail: module.subarray(end) };
}

function readFunction(reader) {
  const end = reader.number() + reader.at;
  const locals = Array.from({ length: reader.number() }, () => [reader.number(), reader.byte()]);
  const code = [];
  while (reader.at < end) code.push(readInstruction(reader));
  if (reader.at !== end) throw new Error("a function ends elsewhere");
  return { locals, code };
}

/** { opcode, number } or { opcode, bytes }, by its kind. */
function readInstruction(reader) {
  const opcode = reader.byte();
  const kind = kindOf(opcode);
  if (kind === PLACE) reader.number();
  if (kind === NUMBER || kind === PLACE) return { opcode, number: reader.number() };
  const from = reader.at;
  if (kind !== NOTHING) skipOperands(reader, opcode);
  return { opcode, bytes: reader.bytes.subarray(from, reader.at) };
}

function skipOperands(reader, opcode) {
  if (opcode === 0x43) return reader.skip(4);
  if (opcode === 0x44) return reader.skip(8);
  let more = 0;
  const first = reader.number();
  // A table of branches has one more, for the rest; a call through a table names that; memory has an index.
  if (opcode === 0x0e) more = first + 1;
  if (opcode === 0x11) more = 1;
  if (opcode === 0xfc) more = { 8: 2, 9: 1, 10: 2, 11: 1 }[first] ?? (first < 8 ? 0 : undefined);
  if (more === undefined) throw new Error(`wasm-code.mjs does not know the opcode 0xfc ${first}`);
  while (more-- > 0) reader.number();
}

class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    if (this.at >= this.bytes.length) throw new Error("the module ends too early");
    return this.bytes[this.at++];
  }

  /** LEB128; of a signed one only its length counts. */
  number() {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  skip(count) {
    this.at += count;
  }
}

/** The same module with the weakest hints of alignment: as its text gives it back. */
export function withoutHints(module) {
  const { head, functions, tail } = takeApart(module);
  const code = functions.map(({ locals, code }) => {
    const declared = locals.flatMap(([count, type]) => [...leb(count), type]);
    const instructions = code.flatMap(({ opcode, number, bytes }) => [
      opcode,
      ...(kindOf(opcode) === PLACE ? [0] : []),
      ...(bytes ?? leb(number)),
    ]);
    const body = [...leb(locals.length), ...declared, ...instructions];
    return [...leb(body.length), ...body];
  });
  const section = [...leb(functions.length), ...code.flat()];
  return Buffer.from([...head, CODE, ...leb(section.length), ...section, ...tail]);
}

function leb(number) {
  const rest = Math.floor(number / 128);
  return rest ? [(number % 128) + 128, ...leb(rest)] : [number];
}
