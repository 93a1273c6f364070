// The test kit in the runners that people use, with every example of its guide.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { script } from "../../scripts/lib/paths.mjs";
import { makeProject, recipes } from "./project.mjs";

const LIMIT = { timeout: 130_000 };

describe("the test kit in a user's project", () => {
  let project;

  before(async () => {
    project = await makeProject();
  }, LIMIT);
  after(() => project?.remove(), LIMIT);

  it("has a guide whose every example is one of these files", LIMIT, async () => {
    const names = (await recipes()).map(([name]) => name);
    assert.deepEqual(names, [...new Set(names)]);
    for (const recipe of ["chat", "heartbeat", "session"]) {
      assert.ok(names.includes(`${recipe}.test.ts`), recipe);
    }
  });

  it("compiles, tests and recipes alike", LIMIT, async () => {
    const { code, output } = await project.node(script("typescript", "tsc"), "--project", ".");
    assert.equal(code, 0, output);
  });

  it("passes in Vitest, in Node, jsdom and happy-dom", LIMIT, async () => {
    const { code, output } = await project.vitest("--reporter=json");
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(
      output.slice(output.indexOf("{")),
    );
    assert.equal(code, 0, output);
    assert.equal(numFailedTests, 0);
    assert.equal(numPassedTests % 3, 0);
    assert.ok(numPassedTests >= 3 * 10, `${numPassedTests} tests`);
    assert.ok(testResults.length >= 3 * 6, `${testResults.length} files`);
  });

  it(
    "passes in Jest, in Node and jsdom, also where all timers are fake from the start",
    LIMIT,
    async () => {
      const { code, output } = await project.jest("--json", "--outputFile=jest.json");
      assert.equal(code, 0, output);
      const [, passed] = /Tests: +(\d+) passed, \1 total/.exec(output) ?? [];
      assert.equal(passed % 4, 0, output);
      assert.ok(passed >= 4 * 10, output);
    },
  );

  it("passes in Node's own runner", LIMIT, async () => {
    const { code, output } = await project.node("--test", "jest/chat.node.js");
    assert.equal(code, 0, output);
    assert.match(output, /pass 1\n/);
  });

  it("shows in Vitest what was expected and what came, and ends", LIMIT, async () => {
    const { code, output } = await project.vitest("--config", "vitest.failing.config.js");
    assert.equal(code, 1);
    assert.match(output, /AssertionError: peer\.expect: the next message is another one/);
    assert.match(output, /- +"sku": "eight",\n\s*\+ +"sku": "seven",/);
    assert.match(output, /failing\/fails\.test\.ts:11:/);
    assert.match(output, /kit\.accept: nothing dialled within 60,000 ms/);
  });

  it("shows in Jest what was expected and what came, and ends", LIMIT, async () => {
    const { code, output } = await project.jest("--config", "jest.failing.config.js");
    assert.equal(code, 1);
    assert.match(output, /peer\.expect: the next message is another one/);
    assert.match(output, /- +"sku": "eight",\n\s*\+ +"sku": "seven",/);
    assert.match(output, /fails\.test\.js:\d+:/);
    assert.match(output, /kit\.accept: nothing dialled within 60,000 ms/);
  });
});
