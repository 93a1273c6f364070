// The guide for users, docs/guides/libraries.md, taken at its word: its table names the libraries, and its examples are
// what runs in the tests.
import { readFile } from "node:fs/promises";
import { at } from "../../scripts/lib/paths.mjs";

/** { rows: [{ name, setting }], examples: { name: code } } of the guide. */
export async function readGuide() {
  const text = await readFile(at("docs", "guides", "libraries.md"), "utf8");
  const [, table] = /<!-- libraries:begin.*?-->\n(.*?)<!-- libraries:end -->/s.exec(text);
  const rows = table
    .trim()
    .split("\n")
    .slice(2)
    .map((line) => line.split("|").map((cell) => cell.trim()))
    .map(([, name, , setting]) => ({ name: /^\[(.+)\]\(#.+\)$/.exec(name)?.[1] ?? name, setting }));
  const sections = text.split(/^## /m).slice(1);
  const examples = sections.flatMap((section) => {
    const code = /^```js\n(.*?)^```/ms.exec(section)?.[1];
    return code ? [[section.slice(0, section.indexOf("\n")), code]] : [];
  });
  return { rows, examples: Object.fromEntries(examples) };
}

/**
 * An example as a module: start(url, WebSocket) runs it, with the server's address and the class in place of its own,
 * and resolves with what it declares.
 */
export function exampleModule(code) {
  const imports = [];
  const body = code.replace(/^import .*?;\n/gms, (line) => {
    if (!line.includes("tautline")) imports.push(line);
    return "";
  });
  const addresses = body.match(/"wss:\/\/[^"]*"/g) ?? [];
  if (addresses.length !== 1) throw new Error(`an example has one address, not ${addresses}`);
  const [address] = addresses;
  const { pathname } = new URL(JSON.parse(address));
  const path = pathname === "/" ? "" : pathname;
  const names = Array.from(body.matchAll(/^const (\w+) =/gm), ([, name]) => name);
  return `${imports.join("")}
    export async function start(server, WebSocket) {
      ${body.replace(address, `server + ${JSON.stringify(path)}`)}
      return { ${names} };
    }`;
}
