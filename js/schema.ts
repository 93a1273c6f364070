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
  let result: { value?: unknown; issues?: readonly SchemaIssue[]; then?: unknown };
  try {
    result = schema["~standard"].validate(value) as never;
  } catch (error) {
    throw new SchemaError([], error);
  }
  const { issues, then } = result;
  if (then) {
    // Nobody waits for it: what it rejects with, such as what a refinement of zod threw, is told but breaks nothing.
    Promise.resolve(result).catch(report);
    throw new SchemaError([{ message: "The schema is asynchronous, or threw" }]);
  }
  if (issues) throw new SchemaError(issues);
  return result.value;
}
