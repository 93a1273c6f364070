import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { StompError } from "../../stomp/index.js";
import { Parser } from "../../stomp/parser.js";

/** Line ends are written as `|`, NUL as `^`. */
const meant = (text: string) =>
  new TextEncoder().encode(text.replaceAll("|", "\n").replaceAll("^", "\0"));

/** What comes of the pieces: frames, and how it ends. */
function read(pieces: Iterable<Uint8Array<ArrayBuffer>>, parser = new Parser()): string[] {
  const seen: string[] = [];
  try {
    for (const piece of pieces) {
      parser.append(piece.slice().buffer);
      for (let frame = parser.next(); frame; frame = parser.next()) {
        const { command, headers, body } = frame;
        seen.push(JSON.stringify([command, { ...headers }, [...body]]));
      }
    }
  } catch (error) {
    assert.ok(error instanceof StompError, `${error}`);
    seen.push(error.reason);
  }
  return seen;
}

const frames = (text: string) => read([meant(text)]);

/** Numbers below a limit, the same in each run. */
function numbers(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function cut(bytes: Uint8Array<ArrayBuffer>, below: (limit: number) => number) {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length; ) {
    const to = Math.min(bytes.length, at + 1 + below(12));
    pieces.push(bytes.slice(at, to));
    at = to;
  }
  return pieces;
}

describe("the parser of STOMP frames", () => {
  it("reads frames, heart-beats between them, and bodies with and without a length", () => {
    const text =
      "|\r|CONNECTED\r|version:1.2\r|\r|^||MESSAGE|a:1|a:2|b:\\c\\n\\r\\\\||é^RECEIPT|receipt-id:7||^" +
      "MESSAGE|content-length:3||x^y^|ERROR|message:a\\qb||why^";
    assert.deepEqual(frames(text), [
      JSON.stringify(["CONNECTED", { version: "1.2" }, []]),
      JSON.stringify(["MESSAGE", { a: "1", b: ":\n\r\\" }, [195, 169]]),
      JSON.stringify(["RECEIPT", { "receipt-id": "7" }, []]),
      JSON.stringify(["MESSAGE", { "content-length": "3" }, [120, 0, 121]]),
      JSON.stringify(["ERROR", { message: "a\\qb" }, [119, 104, 121]]),
    ]);
  });

  it("decodes no header of CONNECTED, and none in STOMP 1.0", () => {
    assert.deepEqual(frames("CONNECTED|a:\\c||^"), [
      JSON.stringify(["CONNECTED", { a: "\\c" }, []]),
    ]);
    const parser = new Parser();
    parser.escapes = false;
    assert.deepEqual(read([meant("MESSAGE|a:\\q||^")], parser), [
      JSON.stringify(["MESSAGE", { a: "\\q" }, []]),
    ]);
  });

  it("has a name for each way to break the protocol", () => {
    for (const [text, what] of [
      ["HELLO|", "command"],
      ["message|", "command"],
      ["^", "command"],
      ["\rMESSAGE|", "command"],
      [" MESSAGE|", "command"],
      ["A COMMAND THAT NEVER ENDS", "command"],
      ["MESSAGE|no colon||", "header"],
      ["MESSAGE|:no name||", "header"],
      ["MESSAGE|a:b^", "header"],
      ["MESSAGE|a:b\\tc||", "escape"],
      ["MESSAGE|a:b\\||", "escape"],
      ["MESSAGE|a\\x:b||", "escape"],
      ["MESSAGE|content-length:x||", "content-length"],
      ["MESSAGE|content-length:||", "content-length"],
      ["MESSAGE|content-length:-1||", "content-length"],
      ["MESSAGE|content-length:2||abc^", "terminator"],
      ["RECEIPT|receipt-id:1||body^", "body"],
      ["MESSAGE|content-length:134217729||", "body-size"],
      [`MESSAGE|a:${"x".repeat(16_384)}`, "header-size"],
      [`MESSAGE|${"a:b|".repeat(257)}`, "header-count"],
    ] as const)
      assert.deepEqual(frames(text), [`violation: ${what}`], text.slice(0, 40));
    const wrong = Uint8Array.of(...meant("MESSAGE|a:"), 255, ...meant("||^"));
    assert.deepEqual(read([wrong]), ["violation: encoding"]);
    assert.deepEqual(frames(`MESSAGE|${"a:b|".repeat(256)}|^`).length, 1);
    for (const text of ["MESSAGE|a:b||12345", "MESSAGE|content-length:5||"])
      assert.deepEqual(read([meant(text)], new Parser(4)), ["violation: body-size"]);
  });

  it("reads the same however a stream is cut, and whatever octets are wrong", () => {
    const below = numbers(7);
    const parts = [
      "MESSAGE|",
      "RECEIPT|",
      "ERROR|",
      "CONNECTED|",
      "a:b|",
      "a\\c:\\n|",
      "content-length:2|",
      "|",
      "||",
      "^",
      "xy^",
      "é",
      "\r",
      "\\",
      ":",
      "content-length:0||",
      "MESSAGE|k:v||body^",
    ];
    for (let round = 0; round < 2_000; round++) {
      let text = "";
      for (let count = below(14); count >= 0; count--) text += parts[below(parts.length)];
      const bytes = meant(text);
      if (bytes.length && below(3) === 0) bytes[below(bytes.length)] = below(256);
      const whole = read([bytes]);
      assert.deepEqual(read(cut(bytes, below)), whole, text);
      assert.deepEqual(read(cut(bytes, () => 0)), whole, text);
    }
  });

  it("makes the same of the examples as the parser of Rust applications", () => {
    // tests/stomp/shared.rs; characters are bytes of the same number. Here the first of repeated headers counts. Of
    // several violations in one head either parser may name another: no example has two.
    const text = readFileSync("tests/stomp/frames.jsonl", "utf8");
    const examples: {
      stream: string;
      frames: [command: string, headers: [name: string, value: string][], body: string][];
      violation: string | null;
    }[] = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const octets = (text: string) => Uint8Array.from(text, (it) => it.charCodeAt(0));
    assert.ok(examples.length > 100);
    for (const { stream, frames, violation } of examples) {
      const expected: unknown[] = frames.map(([command, headers, body]) => {
        return [command, Object.fromEntries([...headers].reverse()), [...octets(body)]];
      });
      const seen = read([octets(stream)]).map((it) => (it[0] === "[" ? JSON.parse(it) : it));
      if (violation) expected.push(`violation: ${violation}`);
      assert.deepEqual(seen, expected, stream);
    }
  });

  it("copies a large body in small parts no more than a few times", () => {
    const parser = new Parser();
    const part = new Uint8Array(1_024).fill(65);
    parser.append("MESSAGE\na:b\n\n");
    for (let i = 0; i < 4_096; i++) {
      parser.append(part.slice().buffer);
      assert.equal(parser.next(), undefined);
    }
    parser.append("\0");
    assert.equal(parser.next()?.body.length, 4_096 * 1_024);
  });
});
