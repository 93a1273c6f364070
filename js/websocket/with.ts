import { isObject } from "./convert.js";

/**
 * A class that is `Base` with options as its third argument, and in nothing else to be told from it: one that extends
 * Base would own none of its members, and not extend EventTarget itself, as the standard's class does.
 */
export function withOptions<Base extends abstract new (...args: never[]) => object>(
  base: Base,
  options: object,
): Base {
  const made = function (...args: unknown[]) {
    const more = args[2];
    if (args.length) args[2] = { ...options, ...(isObject(more) && more) };
    return Reflect.construct(base, args, new.target as never);
  };
  const { prototype, ...own } = Object.getOwnPropertyDescriptors(base);
  made.prototype = Object.create(Object.getPrototypeOf(base.prototype), {
    ...Object.getOwnPropertyDescriptors(base.prototype as object),
    constructor: { value: made, writable: true, configurable: true },
  });
  Object.defineProperties(made, { ...own, prototype: { writable: false } });
  return Object.setPrototypeOf(made, Object.getPrototypeOf(base));
}
