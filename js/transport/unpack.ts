// The module's bytes out of its text, which scripts/lib/encode.mjs writes. Compressors do better where like stands beside
// like: so there is a stream of all opcodes, and for each opcode one of what follows it.

// Streams: the bytes before and after the code, the heads of functions, the opcodes, and from FIRST on one for each of these.
const BEFORE = 0;
const AFTER = 1;
const HEADS = 2;
const OPCODES = 3;
const FIRST = 4;
// What follows an opcode, if anything: a number, a place in memory, a signed number, so many bytes.
const NUMBER = 1;
const PLACE = 2;
const SIGNED = 3;
const BYTES = 4;
/** How many digits there are, and how many of them may be the last one of a number, or of an opcode. */
const DIGITS = 90;
const LAST = 64;
const LAST_OF_OPCODE = 86;
// Opcodes: those that open a block, and what ends one. And the section that holds them.
const BLOCK = 2;
const IF = 4;
const END = 11;
const CODE = 10;

export function unpack(text: string): Uint8Array<ArrayBuffer> {
  // No digit stands for more than a byte, and the alignment before that.
  const out = new Uint8Array(2 * text.length);
  let end = 0;
  let start = 0;
  const places = text.split("~").map((stream) => {
    const place = start;
    start += stream.length + 1;
    return place;
  });
  const next = (stream: number, last = LAST): number => {
    for (let high = 0; ; ) {
      const code = text.charCodeAt((places[stream] as number)++);
      // The first digit is "#"; the backslash is none.
      const digit = code - (code > 92 ? 36 : 35);
      if (digit < last) return high * last + digit;
      high = high * (DIGITS - last) + digit - last + 1;
    }
  };
  /** As LEB128. */
  const write = (number: number) => {
    let rest = number;
    for (; rest > 127; rest >>= 7) out[end++] = rest | 128;
    out[end++] = rest;
  };
  const copy = (stream: number) => {
    for (let count = next(stream); count > 0; count--) out[end++] = next(stream);
  };
  /** Puts the length in front of what `make` writes. */
  const measured = (make: () => void) => {
    const from = end;
    make();
    const made = out.slice(from, end);
    end = from;
    write(made.length);
    out.set(made, end);
    end += made.length;
  };
  // Each stream of an opcode begins with it, and with what follows.
  const [opcodes, kinds] = [0, 1].map(() => places.map((_, i) => (i < FIRST ? 0 : next(i)))) as [
    number[],
    number[],
  ];
  const instruct = () => {
    for (let depth = 1; depth; ) {
      const stream = next(OPCODES, LAST_OF_OPCODE) + FIRST;
      const opcode = opcodes[stream] as number;
      const kind = kinds[stream];
      out[end++] = opcode;
      if (opcode === END) depth--;
      if (opcode >= BLOCK && opcode <= IF) depth++;
      if (kind === PLACE) out[end++] = 0;
      if (kind === NUMBER || kind === PLACE) write(next(stream));
      if (kind === SIGNED) {
        do out[end++] = next(stream);
        while ((out[end - 1] as number) > 127);
      }
      if (kind === BYTES) copy(stream);
    }
  };
  copy(BEFORE);
  out[end++] = CODE;
  measured(() => {
    let functions = next(HEADS);
    write(functions);
    while (functions--) {
      measured(() => {
        // Each group of local variables has a number and a type.
        const groups = next(HEADS);
        write(groups);
        for (let i = 0; i < 2 * groups; i++) write(next(HEADS));
        instruct();
      });
    }
  });
  copy(AFTER);
  return out.slice(0, end);
}
