// Measures contenders in turn. Node asks for a few rounds at a time.

const frames = new Map();

/** Gives each contender its frame. A name may be given twice: then it is measured against itself. */
async function prepare(names) {
  await Promise.all(
    names.map(async (name, place) => {
      const frame = document.createElement("iframe");
      frame.src = `/frame.html#${encodeURIComponent(name)}`;
      const loaded = new Promise((resolve) => {
        frame.onload = resolve;
      });
      document.body.append(frame);
      await loaded;
      if (!frame.contentWindow.contender) throw new Error(`the frame of ${name} did not start`);
      frames.set(place, frame.contentWindow.contender);
    }),
  );
}

/**
 * Measures the contenders at `places`, `rounds` times, in a new order each time: whoever leaves garbage, leaves it to
 * another. The answer is a list per contender, of ns per message by round.
 */
async function measure(places, direction, size, count, rounds) {
  const mine = places.map((place) => frames.get(place));
  const times = places.map(() => []);
  for (const contender of mine) await contender.open(size);
  for (let round = 0; round < rounds; round++) {
    for (const n of shuffled(mine.keys())) {
      await rest();
      times[n].push((mine[n][direction](count) / count) * 1e6);
    }
  }
  for (const contender of mine) await contender.close();
  return times;
}

/** Lets timers and the rest of the browser run, and the young garbage go where the browser lets us say so. */
async function rest() {
  await new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
  globalThis.gc?.({ type: "minor" });
}

function shuffled(items) {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

globalThis.bench = { prepare, measure };
