// Measures the codecs of the Rust face: bytes and time per message, and what each adds to a wasm module.
//
//   node benches/codecs.mjs               about two minutes, in Chromium
//   node benches/codecs.mjs --markdown    the same tables for docs/figures.md
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cargo, WASM } from "../scripts/lib/cargo.mjs";
import { cache, script, target } from "../scripts/lib/paths.mjs";
import { program, run, Trouble } from "../scripts/lib/run.mjs";
import { measure } from "../scripts/lib/sizes.mjs";
import { launchChromium } from "./lib/chromium.mjs";
import { middle, quantile } from "./lib/statistics.mjs";
import { table } from "./lib/tables.mjs";

// The places are the numbers in codecs/src/lib.rs.
const CODECS = ["json", "messagepack", "cbor", "protobuf", "postcard"];
const MESSAGES = ["chat line", "ticker tick", "game state", "edit", "notification"];
const ROUNDS = 21;
const NAMES = {
  json: "`Json`, `BinaryJson`",
  messagepack: "`MessagePack`",
  cbor: "`Cbor`",
  protobuf: "`Protobuf`",
  postcard: "`Postcard`",
};

await program(async () => {
  const flags = process.argv.slice(2);
  const unknown = flags.find((flag) => flag !== "--markdown");
  if (unknown) throw new Trouble(`unknown argument "${unknown}": there is --markdown`);
  const markdown = flags.includes("--markdown");

  const fast = await readFile(await compile([...CODECS, "all-messages"], "3"));
  const small = await readFile(await compile([...CODECS, "all-messages"], "z"));
  const sizes = await addedSizes();
  const browser = await launchChromium();
  try {
    const page = await browser.open("about:blank");
    const modules = [fast, small].map((module) => module.toString("base64"));
    const [times, timesOfSmall] = await page.evaluate(
      `(${measureIn})(${JSON.stringify(modules)}, ${ROUNDS})`,
    );
    console.log(`\n${browser.version}\n`);
    console.log(`${table(bytesTable(times, sizes), markdown)}\n`);
    console.log(`${table(timeTable(times), markdown)}\n`);
    console.log(slower(times, timesOfSmall));
  } finally {
    await browser.close();
  }
});

/** Compiles a module with these features and returns its path. */
async function compile(features, level) {
  await cargo(
    [
      ...["build", "--quiet", "--package", "tautline-bench-codecs", "--target", WASM],
      ...["--profile", "wasm", "--no-default-features", "--features", features.join(",")],
    ],
    { env: { CARGO_PROFILE_WASM_OPT_LEVEL: level, RUSTFLAGS: undefined } },
  );
  return join(target, WASM, "wasm", "tautline_bench_codecs.wasm");
}

/** By codec, what it adds to the module in bytes of gzip: with one message, with all. */
async function addedSizes() {
  const sizes = {};
  for (const messages of [[], ["all-messages"]]) {
    const without = await optimized(messages);
    for (const codec of CODECS) {
      sizes[codec] ??= [];
      sizes[codec].push((await optimized([codec, ...messages])) - without);
    }
  }
  return sizes;
}

async function optimized(features) {
  const compiled = await compile(features, "z");
  const folder = join(cache, "bench-codecs");
  const out = join(folder, "small.wasm");
  await mkdir(folder, { recursive: true });
  const optimizer = script("binaryen", "wasm-opt");
  const options = ["-Oz", "--strip-debug", "--strip-producers", "--strip-target-features"];
  await run(process.execPath, [optimizer, ...options, compiled, "-o", out]);
  return measure(await readFile(out)).gzip;
}

/** Runs in the page. Rounds take turns with everything, so that a bad moment of the machine meets everyone. */
async function measureIn(modules, rounds) {
  const cases = [];
  for (const [module, base64] of modules.entries()) {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const { size, encode, decode } = (await WebAssembly.instantiate(bytes)).instance.exports;
    for (let codec = 0; codec < 5; codec++) {
      for (let message = 0; message < 5; message++) {
        for (const [job, work] of Object.entries({ encode, decode })) {
          const known = { module, codec, message, job, size: size(codec, message) };
          cases.push({ known, work, times: 64, ns: [] });
        }
      }
    }
  }
  const timed = ({ work, known, times }) => {
    const start = performance.now();
    work(known.codec, known.message, times);
    return performance.now() - start;
  };
  // Long enough that neither the clock's steps nor the call matter; and the compiler has done its best.
  for (const it of cases) while (timed(it) < 8) it.times *= 2;
  for (let round = 0; round < rounds; round++) {
    for (const it of cases) it.ns.push((timed(it) * 1e6) / it.times);
  }
  const measured = cases.map(({ known, ns }) => ({ ...known, ns }));
  return modules.map((_, module) => measured.filter((it) => it.module === module));
}

function find(times, codec, message, job = "encode") {
  return times.find((it) => it.codec === codec && it.message === message && it.job === job);
}

function bytesTable(times, sizes) {
  const head = ["bytes", ...MESSAGES, "kB in the module: one type", "all five"];
  const rows = CODECS.map((codec, n) => [
    NAMES[codec],
    ...MESSAGES.map((_, message) => String(find(times, n, message).size)),
    ...sizes[codec].map((bytes) => `+${(bytes / 1000).toFixed(1)}`),
  ]);
  return [head, ...rows];
}

function timeTable(times) {
  const head = ["ns: encode / decode", ...MESSAGES];
  const cell = (codec, message) => {
    const [encode, decode] = ["encode", "decode"].map((job) => {
      const { value, spread } = middle(find(times, codec, message, job).ns);
      return `${Math.round(value)} ± ${Math.round(spread)}`;
    });
    return `${encode} / ${decode}`;
  };
  const rows = CODECS.map((codec, n) => [NAMES[codec], ...MESSAGES.map((_, m) => cell(n, m))]);
  return [head, ...rows];
}

function slower(fast, small) {
  const ratio = (it, other) => middle(other.ns.map((ns, round) => ns / it.ns[round])).value;
  const words = ["encode", "decode"].map((job) => {
    const pairs = fast.map((it, n) => [it, small[n]]).filter(([it]) => it.job === job);
    const ratios = pairs.map(([it, other]) => ratio(it, other));
    const [low, mid, high] = [0, 0.5, 1].map((share) => quantile(ratios, share).toFixed(1));
    return `${job} ${mid} (${low} to ${high})`;
  });
  return `Compiled for size, opt-level "z", they take so many times as long, median and range: ${words.join(", ")}.`;
}
