import { SchemaError } from "./errors.js";
import { report } from "./events.js";

/** What does not fit, as Standard Schema says it. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * A schema of any library that follows {@link https://standardschema.dev Standard Schema}, such as zod, valibot or
 * arktype. It must validate at once: an asynchronous one would change the order of messages.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => unknown;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/**
 * Gives what the schema makes of a value.
 *
 * @internal
 */
export function validate(schema: StandardSchema, value: unknown): unknown {
  let issues: readonly SchemaIssue[] | undefined;
  let made: unknown;
  try {
    const result = schema["~standard"].validate(value);
    // Nobody waits for it: what it rejects with is told, but breaks nothing.
    if (result instanceof Promise) result.catch(report);
    ({ issues, value: made } = (
      result instanceof Promise ? { issues: [{ message: "The schema is asynchronous" }] } : result
    ) as never);
  } catch (error) {
    throw new SchemaError([], error);
  }
  if (issues) throw new SchemaError(issues);
  return made;
}
