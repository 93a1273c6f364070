// Every example of the documentation does what it says: it compiles against the packed types, and it runs.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { copyFile, readFile, symlink, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { transform } from "esbuild";
import { at, script } from "../../scripts/lib/paths.mjs";
import { startServer } from "../e2e/harness/server.mjs";
import { within } from "../e2e/harness/time.mjs";
import { makeConsumer } from "../npm/consumer.mjs";
import { AFTERWARDS } from "./afterwards.mjs";
import { blocksOf, examplesOf, pages } from "./blocks.mjs";
import { libraryModules, startLibrary } from "./libraries.mjs";

const LIMIT = { timeout: 40_000 };
const RUN_LIMIT = 20_000;
/** Pages whose examples other tests run or compile, and where: they have the library, the framework or the runner. */
const ELSEWHERE = {
  "guides/libraries.md": "tests/libraries/guide.mjs",
  "guides/react.md": "tests/frameworks/bundle.mjs",
  "guides/svelte.md": "tests/frameworks/bundle.mjs",
  "guides/testing.md": "tests/testing/project.mjs",
  "guides/vue.md": "tests/frameworks/bundle.mjs",
};
const LIBRARIES = ["@stomp", "mqtt"];

const all = (await Promise.all((await pages()).map(examplesOf))).flat();
const elsewhere = all.filter(({ page }) => ELSEWHERE[page]);
const here = all.filter((it) => !ELSEWHERE[it.page]);
const running = here.filter(({ noRun }) => noRun === undefined);
const typed = here.filter((it) => it.typed);

describe("the examples of the documentation", { concurrency: availableParallelism() }, () => {
  let consumer;
  let testServer;

  before(async () => {
    [consumer, testServer] = await Promise.all([
      makeConsumer("docs", {
        links: { ws: "puppeteer-core" },
        packages: ["zod", "msgpackr", "@bufbuild", "@types", "react", "react-dom", "vue", "svelte"],
      }),
      startServer(),
    ]);
    for (const name of LIBRARIES)
      await symlink(join(libraryModules, name), consumer.path("node_modules", name));
    await copyFile(new URL("world.mjs", import.meta.url), consumer.path("world.mjs"));
  }, LIMIT);
  after(async () => {
    await testServer?.stop();
    await consumer?.remove();
  }, LIMIT);

  it("are each run, or compiled with the reason why they are not run", (t) => {
    const neither = here.filter(({ noRun, typed }) => noRun !== undefined && !typed);
    assert.deepEqual(
      neither.map(({ name }) => name),
      [],
    );
    const count = (examples) => examples.flatMap(({ blocks }) => blocks).length;
    const counts = `${count(running)} run, ${count(elsewhere)} for other tests, ${count(typed)} of ${count(here)} compiled`;
    t.diagnostic(`examples: ${counts}`);
    for (const { name, noRun } of here)
      if (noRun !== undefined) t.diagnostic(`${name} is not run: ${noRun}`);
  });

  it("show that they have run: by a connection, a line printed, or a server that listens", () => {
    const silent = running.filter(
      (it) => !it.server && it.prints.length === 0 && dialsOf(it) === 0,
    );
    assert.deepEqual(
      silent.map(({ name }) => name),
      [],
    );
  });

  it("have fences that mean something", () => {
    for (const { name, unknown } of here) assert.deepEqual(unknown, [], name);
  });

  it("are run elsewhere where that is said", async () => {
    for (const [page, test] of Object.entries(ELSEWHERE))
      assert.ok(
        (await readFile(at(test), "utf8")).includes(basename(page, ".md")),
        `${test} reads ${page}`,
      );
  });

  it("are, for Dioxus, the example that is built with the chats, word for word", async () => {
    const source = await readFile(at("examples/chat/dioxus/examples/first.rs"), "utf8");
    const [{ code }] = await blocksOf("getting-started/rust-dioxus.md", ["rust"]);
    assert.ok(source.endsWith(code));
  });

  it("compile against the packed declarations", LIMIT, async () => {
    const files = typed.map(({ name, language }) => `typed-${fileName(name)}.${language}`);
    await Promise.all(
      typed.map((it, n) => writeFile(consumer.path(files[n]), `${it.typed}\nexport {};\n`)),
    );
    await consumer.node(
      script("typescript", "tsc"),
      ...[
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--module",
        "preserve",
        "--jsx",
        "react-jsx",
      ],
      ...["--lib", "es2022,dom,dom.iterable,esnext.disposable", "--skipLibCheck"],
      ...["--types", "node", ...files],
    );
  });

  for (const example of running.filter(({ browser }) => !browser))
    it(`${example.name} runs`, LIMIT, () => runs(example));

  /** Runs it in a world of its own, up to the last line that it should print. */
  async function runs(example) {
    const client = example.server ? undefined : await place(example);
    const peer = example.server ? example : example.peer;
    const server = peer && (await place(peer));
    const library = example.library && (await startLibrary(example.library));
    const url = library?.url ?? testServer.ws(example.at ?? "/ws/echo");
    const page = example.page === true;
    const workerData = { client, server, url, folder: consumer.folder, page };
    const worker = new Worker(consumer.path("world.mjs"), { workerData, execArgv: [] });
    try {
      await within(RUN_LIMIT, "the example", outcome(worker, example));
    } finally {
      await worker.terminate();
      await library?.stop();
    }
  }

  /** Writes it as a module, and returns its address. */
  async function place({ name, code, afterwards }) {
    const then = afterwards.map(
      (it) => AFTERWARDS[it] ?? assert.fail(`afterwards.mjs has no ${it}`),
    );
    // TypeScript reads both.
    const options = { loader: "ts", target: "node20", sourcefile: name, sourcemap: "inline" };
    const made = await transform([code, ...then].join("\n"), options);
    const path = consumer.path(`${fileName(name)}-${randomUUID()}.mjs`);
    await writeFile(path, made.code);
    return pathToFileURL(path).href;
  }
});

/** Settles when the example has done what its fence says; with none said, when it has connected as often as it says. */
function outcome(worker, example) {
  const wanted = [...example.prints];
  const lines = [];
  let dials = example.server || example.prints.length > 0 ? 0 : dialsOf(example);
  let isDone = false;
  return new Promise((resolve, reject) => {
    const look = () => isDone && dials <= 0 && wanted.length === 0 && resolve();
    const fail = (text) => {
      const missing = wanted.length > 0 ? `; still to be printed: ${JSON.stringify(wanted)}` : "";
      reject(new Error(`${example.name}: ${text}${missing}\nprinted:\n  ${lines.join("\n  ")}`));
    };
    worker.on("message", ({ line, isTrouble, opened, done }) => {
      if (line !== undefined) lines.push(line);
      if (isTrouble) fail(`it complains: ${line}`);
      if (line === wanted[0]) wanted.shift();
      if (opened) dials -= 1;
      isDone ||= done === true;
      look();
    });
    worker.on("error", (error) => fail(error.stack ?? String(error)));
    worker.on("exit", () => fail("it ended"));
    setTimeout(() => fail("it takes too long"), RUN_LIMIT - 500).unref();
  });
}

const dialsOf = ({ code }) => code.match(/\bconnect(<[^(]*>)?\(/g)?.length ?? 0;
const fileName = (name) => name.replaceAll(/\W+/g, "-");
