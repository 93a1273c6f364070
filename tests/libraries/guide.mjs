// The guide for users, docs/guides/libraries.md, taken at its word: its table names the libraries, and its examples are
// what runs in the tests.
import { readFile } from "node:fs/promises";
import { at } from "../../scripts/lib/paths.mjs";

/** { rows: [{ name, setting, reconnecting }], heartbeats: { name: code }, examples: { name: code } } of the guide. */
export async function readGuide() {
  const text = await readFile(at("docs", "guides", "libraries.md"), "utf8");
  const rows = table(text, "libraries").map(([name, , setting, , reconnecting]) => ({
    name,
    setting,
    reconnecting,
  }));
  const heartbeats = table(text, "heartbeats").map(([name, , code]) => [name, code.slice(1, -1)]);
  const examples = text.split(/^## /m).flatMap((section) => {
    const code = /^```ts\n(.*?)^```/ms.exec(section)?.[1];
    return code ? [[section.slice(0, section.indexOf("\n")), code]] : [];
  });
  return {
    rows,
    heartbeats: Object.fromEntries(heartbeats),
    examples: Object.fromEntries(examples),
  };
}

/** The cells of each row. */
function table(text, name) {
  const [, lines] = new RegExp(`<!-- ${name}:begin.*?-->\\n(.*?)<!-- ${name}:end -->`, "s").exec(
    text,
  );
  const rows = lines.trim().split("\n").slice(2);
  return rows.map((line) => line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "")));
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
