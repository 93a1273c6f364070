// Runs every check and every suite, and ends with the line "N passed, N failed".
//
//   node scripts/test.mjs                everything
//   node scripts/test.mjs package tsc    only the named steps (the build runs where they need it)
import { program, Trouble } from "./lib/run.mjs";
import { runSteps } from "./lib/steps.mjs";
import { build, checks, suites } from "./lib/suites.mjs";
import { setUp } from "./setup.mjs";

await program(async () => {
  const all = [build, ...checks, ...suites];
  const names = process.argv.slice(2);
  for (const name of names) {
    if (!all.some((step) => step.name === name))
      throw new Trouble(`no step "${name}": there are ${all.map((step) => step.name).join(", ")}`);
  }
  const needsBuild = suites.some(({ name, built }) => built && names.includes(name));
  const wanted =
    names.length === 0
      ? all
      : all.filter((step) => names.includes(step.name) || (step === build && needsBuild));
  return runSteps(wanted, { prepare: () => setUp(["build", "check", "tests"]) });
});
