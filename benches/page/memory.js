// What sockets of one contender hold. Node reads the heap between the steps.

const { Instance } = WebAssembly;
const memories = [];
// The package keeps its module to itself; this sees it being made.
WebAssembly.Instance = class extends Instance {
  constructor(...args) {
    super(...args);
    const found = Object.values(this.exports).find((it) => it instanceof WebAssembly.Memory);
    if (found) memories.push(found);
  }
};

const name = decodeURIComponent(location.hash.slice(1));
const loaded = import("./contenders.js").then(({ contenders }) => contenders[name]);
const nothing = () => {};
let held = [];

async function open(count) {
  const connect = await loaded;
  held = Array.from({ length: count }, () => connect(nothing));
  await Promise.all(held.map((client) => client.opened));
}

async function close() {
  await Promise.all(held.map((client) => client.close()));
  held = [];
}

/** Connects and closes `count` times, a few at once. */
async function cycle(count, together = 50) {
  for (let done = 0; done < count; done += together) {
    await open(together);
    await close();
    await tick();
  }
}

/** More than once, as what is cleaned up after the first time is garbage itself. */
async function collect() {
  for (let i = 0; i < 3; i++) {
    await globalThis.gc({ type: "major", execution: "async" });
    await tick();
  }
}

const tick = () =>
  new Promise((resolve) => {
    setTimeout(resolve, 10);
  });

const wasmBytes = () => memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);

/** Sends messages of 64 characters that stay unconfirmed. */
function keep(count) {
  for (let n = 0; n < count; n++) held[0].send(`${n} `.padEnd(64, "x"));
}

globalThis.bench = { open, close, keep, cycle, collect, wasmBytes };
