// What a browser takes of the machine's memory: of all its processes, what they have written or share among each other. Pages
// of the program's files are not counted: how much of those is whose depends on the other browsers that run.
import { readdir, readFile } from "node:fs/promises";

/** In MB. Processes that end meanwhile count nothing. */
export async function footprint(browser) {
  const root = browser.puppeteer.process().pid;
  const parents = new Map();
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    parents.set(Number(pid), Number(stat.slice(stat.lastIndexOf(")")).split(" ")[2]));
  }
  const isOurs = (pid) => pid === root || (pid > 1 && isOurs(parents.get(pid) ?? 0));
  let kilobytes = 0;
  for (const pid of [...parents.keys()].filter(isOurs)) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
    for (const [, size] of rollup.matchAll(/^Pss_(?:Anon|Shmem):\s+(\d+)/gm))
      kilobytes += Number(size);
  }
  return kilobytes / 1024;
}

/** The same once the garbage of a page is collected, where the browser lets us. */
export async function settledFootprint(browser, page) {
  if (browser.isChromium) {
    const session = await page.tab.createCDPSession();
    await session.send("HeapProfiler.enable");
    await session.send("HeapProfiler.collectGarbage");
    await session.detach();
  }
  return footprint(browser);
}
