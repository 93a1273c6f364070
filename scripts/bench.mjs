// Measures time per message and memory per socket, beside native and other libraries (npm run bench).
//
//   node scripts/bench.mjs                both browsers, about two minutes
//   node scripts/bench.mjs --quick        fewer rounds: enough to see a large change
//   node scripts/bench.mjs --markdown     the same tables for docs/figures.md
//   BROWSERS=chromium node scripts/bench.mjs
import { bench } from "../benches/bench.mjs";
import { buildPackage } from "./build.mjs";
import { program, Trouble } from "./lib/run.mjs";
import { setUp } from "./setup.mjs";

await program(async () => {
  const flags = process.argv.slice(2);
  const unknown = flags.find((flag) => flag !== "--quick" && flag !== "--markdown");
  if (unknown) throw new Trouble(`unknown argument "${unknown}": there are --quick and --markdown`);
  await setUp(["build", "tests"]);
  await buildPackage();
  await bench({ quick: flags.includes("--quick"), markdown: flags.includes("--markdown") });
});
