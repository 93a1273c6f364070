// The examples of the documentation: every fenced block of code, with what its fence says about running it.
//
//   ```ts                           a module; it is compiled, and run against the test server's /ws/echo
//   ```ts at="/ws/chat/lobby"       against that endpoint
//   ```ts prints="a" prints="b"     it prints these lines, in this order, others between them
//   ```ts server-below              against the next block that is marked `server`; `server-above`: the one before
//   ```js server                    a server: it is started for the blocks that name it, or by itself
//   ```ts library=stompjs           against that server of tests/libraries/
//   ```ts with-above                one module with the block above
//   ```ts afterwards=NAME           afterwards this snippet of afterwards.mjs runs, in the same module
//   ```ts page                      with a document that can be hidden
//   ```ts browser                   in browsers
//   ```html opens="text"            a whole page: it opens in browsers, and shows this text
//   ```ts no-run WHY                compiled only
import { readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { at } from "../../scripts/lib/paths.mjs";
import { filesBelow } from "../../scripts/lib/stamp.mjs";

const FLAGS = ["at", "prints", "server-below", "server-above", "server", "library", "with-above"];
const KNOWN = new Set([...FLAGS, "afterwards", "page", "browser", "opens", "no-run"]);

/** What people copy from: guides and first steps, and the front page. */
export async function pages() {
  const folders = await Promise.all(
    ["guides", "getting-started"].map((folder) => filesBelow(at("docs", folder))),
  );
  const files = [...folders.flat().filter((path) => path.endsWith(".md")), at("docs", "index.md")];
  return files.map((path) => relative(at("docs"), path)).sort();
}

/** The blocks of a page that are in one of these languages, in their order. */
export async function blocksOf(page, languages) {
  const text = await readFile(join(at("docs"), page), "utf8");
  const blocks = [];
  for (const found of text.matchAll(/^( *)```(\w+)[ \t]*([^\n]*)\n(.*?)^\1```[ \t]*$/gms)) {
    const [, indent, language, info, raw] = found;
    if (!languages.includes(language)) continue;
    const line = text.slice(0, found.index).split("\n").length;
    const code = indent ? raw.replaceAll(new RegExp(`^${indent}`, "gm"), "") : raw;
    blocks.push({ page, line, language, code, ...readInfo(info, `${page}:${line}`) });
  }
  return blocks;
}

function readInfo(info, place) {
  const [, before, why] = /^(.*?)(?:\bno-run\b *(.*))?$/.exec(info);
  const flags = { prints: [], afterwards: [], unknown: [], noRun: why };
  for (const [, name, quoted, plain] of before.matchAll(/([\w-]+)(?:=(?:"([^"]*)"|(\S+)))?/g)) {
    const value = quoted ?? plain ?? true;
    if (!KNOWN.has(name)) flags.unknown.push(name);
    else if (Array.isArray(flags[name])) flags[name].push(value);
    else flags[name] = value;
  }
  if (why === "") throw new Error(`${place}: no-run without a reason`);
  return flags;
}

/**
 * Modules out of the TypeScript and JavaScript blocks of a page: [{ name, code, typed, language, blocks, … }], where
 * `typed` is what the compiler can judge. The flags are those of the first block.
 */
export async function examplesOf(page) {
  const examples = [];
  for (const block of await blocksOf(page, ["ts", "tsx", "js", "jsx"])) {
    const above = examples.at(-1);
    if (block["with-above"]) {
      if (!above) throw new Error(`${page}:${block.line}: there is no block above`);
      above.code += block.code;
      above.blocks.push(block);
      above.afterwards.push(...block.afterwards);
      above.prints = [...above.prints, ...block.prints];
    } else {
      examples.push({ ...block, name: `${page}:${block.line}`, blocks: [block] });
    }
  }
  for (const [n, example] of examples.entries()) {
    const typed = example.blocks.filter(({ language }) => language.startsWith("ts"));
    example.typed = typed.length > 0 && typed.map(({ code }) => code).join("");
    if (example["server-below"]) example.peer = examples.slice(n + 1).find(({ server }) => server);
    if (example["server-above"]) example.peer = examples.slice(0, n).findLast((it) => it.server);
    const wants = example["server-below"] ?? example["server-above"];
    if (wants && !example.peer) throw new Error(`${example.name}: its server is not on the page`);
  }
  return examples;
}
