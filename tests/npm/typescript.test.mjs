// TypeScript against the packed declarations, under every resolution that projects use.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { script } from "../../scripts/lib/paths.mjs";
import { makeConsumer } from "./consumer.mjs";

const LIMIT = { timeout: 40_000 };
const RESOLUTIONS = [
  { resolution: "bundler", module: "preserve" },
  { resolution: "node16", module: "node16" },
  { resolution: "nodenext", module: "nodenext" },
];

describe("a TypeScript project", () => {
  let consumer;
  let examples;

  before(async () => {
    // What the examples import beside the package, from where the repository has it.
    consumer = await makeConsumer("typescript", {
      packages: ["zod", "msgpackr", "@bufbuild", "@types"],
    });
    examples = await writeExamples(consumer);
  }, LIMIT);
  after(() => consumer?.remove(), LIMIT);

  for (const { resolution, module } of RESOLUTIONS) {
    const compile = (...files) =>
      consumer.node(
        script("typescript", "tsc"),
        ...["--noEmit", "--strict", "--target", "es2022", "--skipLibCheck", "false"],
        ...["--module", module, "--moduleResolution", resolution],
        ...files,
      );

    it(`compiles every example of the README (${resolution})`, LIMIT, async () => {
      assert.ok(examples.length >= 6, `${examples.length} examples`);
      await compile("--types", "node", ...examples); // msgpackr's declarations speak of Node's Buffer
    });

    it(`does not compile wrong options, messages, events and modules (${resolution})`, LIMIT, () =>
      compile("misuse.ts", "slim.ts", "wasm.d.ts"),
    );

    if (resolution === "nodenext")
      it(`compiles a CommonJS module that requires it (${resolution})`, LIMIT, () =>
        compile("commonjs.cts"),
      );
  }
});

/** The examples of the README, each a file of its own. Those of the guides are for tests/docs/. */
async function writeExamples(consumer) {
  const text = await readFile(consumer.path("node_modules", "tautline", "README.md"), "utf8");
  const examples = Array.from(text.matchAll(/^```ts\n(.*?)^```/gms), ([, code]) => code);
  const names = examples.map((_, i) => `example-${i + 1}.ts`);
  await Promise.all(names.map((name, i) => writeFile(consumer.path(name), examples[i])));
  return names;
}
