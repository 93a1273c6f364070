// Builds the npm package into pkg/ and prints its sizes. What did not change is not built again.
//
//   node scripts/build.mjs          build, print, fail above the budget
//   node scripts/build.mjs --sizes  the same (npm run sizes)
import { buildBundle } from "./lib/bundle.mjs";
import { buildModuleText } from "./lib/encode.mjs";
import { isMain, program, Trouble } from "./lib/run.mjs";
import { report, sizes } from "./lib/sizes.mjs";
import { alone } from "./lib/stamp.mjs";
import { buildWasm } from "./lib/wasm.mjs";
import { setUp } from "./setup.mjs";

/** Builds what changed; true if that was anything. */
export function buildPackage() {
  return alone("build", async () => {
    const wasm = await buildWasm();
    const text = await buildModuleText();
    const bundle = await buildBundle();
    return wasm || text || bundle;
  });
}

if (isMain(import.meta.url)) {
  await program(async () => {
    await setUp(["build"]);
    const built = await buildPackage();
    console.log(built ? "pkg/ is built" : "pkg/ is up to date");
    const excess = report(await sizes());
    if (excess.length > 0) throw new Trouble(excess.join("\n"));
  });
}
