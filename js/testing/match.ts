// Whether a message is the one that was expected, and how either is shown.

/** The matchers of Vitest and Jest, such as `expect.any(Number)`. */
interface Asymmetric {
  asymmetricMatch(value: unknown): boolean;
  toAsymmetricMatcher?(): string;
}

const isAsymmetric = (value: unknown): value is Asymmetric =>
  typeof (value as Partial<Asymmetric> | null | undefined)?.asymmetricMatch === "function";

const isBinary = (value: unknown): value is ArrayBuffer | ArrayBufferView =>
  ArrayBuffer.isView(value) || Object.prototype.toString.call(value) === "[object ArrayBuffer]";

const bytesOf = (value: ArrayBuffer | ArrayBufferView): Uint8Array =>
  ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);

/** Deep equality of data; binary data by its bytes, whatever holds them. A member that is undefined counts as missing. */
export function isEqual(expected: unknown, actual: unknown): boolean {
  if (isAsymmetric(expected)) return expected.asymmetricMatch(actual);
  if (expected === actual || Object.is(expected, actual)) return true;
  if (typeof expected !== "object" || typeof actual !== "object") return false;
  if (expected === null || actual === null) return false;
  if (isBinary(expected) || isBinary(actual)) {
    return (
      isBinary(expected) && isBinary(actual) && `${bytesOf(expected)}` === `${bytesOf(actual)}`
    );
  }
  const kind = Object.prototype.toString.call(expected);
  if (kind !== Object.prototype.toString.call(actual)) return false;
  if (kind === "[object Date]") return Number(expected) === Number(actual);
  if (kind === "[object Map]" || kind === "[object Set]") {
    return isEqual([...(expected as Set<unknown>)], [...(actual as Set<unknown>)]);
  }
  const members = (value: object) =>
    Object.keys(value).filter((key) => value[key as never] !== undefined);
  const keys = members(expected);
  return (
    keys.length === members(actual).length &&
    (!Array.isArray(expected) || expected.length === (actual as unknown[]).length) &&
    keys.every((key) => isEqual(expected[key as never], actual[key as never]))
  );
}

const LONGEST = 500;

/** A message as one line of a report. */
export function show(value: unknown): string {
  let text: string | undefined;
  try {
    text = describe(value);
  } catch {
    text = String(value);
  }
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}

function describe(value: unknown): string {
  if (typeof value === "function") return `what passes ${String(value).replace(/\s+/g, " ")}`;
  if (isBinary(value)) {
    const hex = Array.from(bytesOf(value), (byte) => byte.toString(16).padStart(2, "0"));
    return `${hex.length} bytes <${hex.slice(0, 64).join(" ")}${hex.length > 64 ? " …" : ""}>`;
  }
  const replace = (_: string, member: unknown) =>
    isAsymmetric(member)
      ? (member.toAsymmetricMatcher?.() ?? String(member))
      : isBinary(member)
        ? describe(member)
        : typeof member === "bigint"
          ? `${member}n`
          : member;
  return JSON.stringify(value, replace) ?? String(value);
}
