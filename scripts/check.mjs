// The fast loop: formats, lints, types, and the tests that need no browser.
import { program } from "./lib/run.mjs";
import { runSteps } from "./lib/steps.mjs";
import { checks, quick } from "./lib/suites.mjs";
import { setUp } from "./setup.mjs";

await program(() => runSteps([...checks, ...quick], { prepare: () => setUp(["build", "check"]) }));
