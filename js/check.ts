import { OptionError } from "./errors.js";

/** A test, what passes it in words, whether a wrong text may be shown, and the number of the engine's option. */
export type Rule = readonly [
  test: (value: unknown) => boolean,
  expected: string,
  isPublic?: unknown,
  option?: number | undefined,
];

/** What an object may hold: undefined passes everywhere, unknown names never. */
export type Shape = { readonly [name: string]: Rule | Shape };

export const isObject = (value: unknown): value is object => Object(value) === value;

/** Throws OptionError for the first member of `value` that does not fit; collects what the engine wants to know. */
export function check(value: unknown, shape: Shape, path: string, numbers: number[] = []): void {
  if (!isObject(value)) throw new OptionError(path, value, "an object");
  for (const name in value) {
    const member = value[name as never] as unknown;
    const rule = shape[name];
    const full = `${path}.${name}`;
    if (!rule) throw new OptionError(full, member, `only ${Object.keys(shape).join(", ")}`);
    if (member === undefined) continue;
    if (!Array.isArray(rule)) {
      check(member, rule as Shape, full, numbers);
      continue;
    }
    const [test, expected, isPublic, option] = rule as Rule;
    if (!test(member)) throw new OptionError(full, member, expected, isPublic);
    // Infinity is no limit, which is the default where it may be given.
    if (option !== undefined && member !== Infinity) numbers[option] = +(member as number);
  }
}
