// What a page pays, by part: raw, gzip 9, brotli 11. The budget is in size-budget.json.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { shrink } from "./bundle.mjs";
import { encode } from "./encode.mjs";
import { engineEntries, entries, SHARED } from "./entries.mjs";
import { at, pkg } from "./paths.mjs";
import { wasmFile } from "./wasm.mjs";

/** Rows of { part, raw, gzip, brotli, budget? }; budgets are bytes of brotli. */
export async function sizes() {
  const budget = JSON.parse(await readFile(at("size-budget.json"), "utf8"));
  const module = await readFile(wasmFile);
  const text = Buffer.from(encode(module));
  const transport = await minified(at("js", "transport", "driver.ts"), [without("generated")]);
  const facade = await minified(at("js", "index.ts"), [without("transport")]);
  const parts = { wasm: module, "wasm as text": text, transport, facade };
  const file = (name) => readFile(join(pkg, `${name}.js`));
  const shared = await file(SHARED.name);
  const sharing = await engineEntries();
  const rows = Object.entries(parts).map(([part, bytes]) => [part, measure(bytes)]);
  rows.push([`pkg/${SHARED.name}.js`, measure(shared)]);
  // Those with an engine with what they share, as a page loads two files; others as they stand, without the main one.
  for (const { name } of await entries()) {
    const sum = measure(await file(name));
    if (sharing.includes(name)) {
      for (const [format, bytes] of Object.entries(measure(shared))) sum[format] += bytes;
    }
    rows.push([`pkg/${name}.js`, sum]);
  }
  return rows.map(([part, sum]) => ({ part, ...sum, budget: budget[part] }));
}

export function measure(bytes) {
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  };
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params }).length,
  };
}

const without = (folder) => ({
  name: `without-${folder}`,
  setup: ({ onResolve }) =>
    onResolve({ filter: new RegExp(`/${folder}/`) }, ({ path }) => ({ path, external: true })),
});

async function minified(entry, plugins = []) {
  const { build } = await import("esbuild");
  const options = {
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    write: false,
  };
  const { outputFiles } = await build({ ...options, entryPoints: [entry], plugins });
  return Buffer.from((await shrink(outputFiles[0].text)).code);
}

/** Prints the table; returns a sentence for each budget that is exceeded. */
export function report(rows) {
  const cells = ["part", "raw", "gzip", "brotli", "budget", "gzipBudget"];
  const table = [cells, ...rows.map((row) => cells.map((cell) => String(row[cell] ?? "")))];
  const widths = cells.map((_, i) => Math.max(...table.map((line) => line[i].length)));
  for (const line of table) {
    console.log(
      line
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join("  ")
        .trimEnd(),
    );
  }
  const limits = [
    ["brotli", "budget"],
    ["gzip", "gzipBudget"],
  ];
  return limits.flatMap(([format, limit]) =>
    rows
      .filter((row) => row[limit] !== undefined && row[format] > row[limit])
      .map(
        (row) =>
          `${row.part} is ${row[format]} bytes in ${format}, ${row[format] - row[limit]} above its budget: make it smaller, or raise size-budget.json and say why`,
      ),
  );
}
