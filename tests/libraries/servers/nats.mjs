// nats-server itself, with a WebSocket listener. Its log tells the port and each connection.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { natsServer } from "../../../scripts/lib/nats.mjs";

export function launch(host, port, tell) {
  const folder = mkdtempSync(join(tmpdir(), "tautline-nats-"));
  const config = join(folder, "nats.conf");
  writeFileSync(
    config,
    `listen: "${host}:-1"
    websocket { listen: "${host}:${port || -1}", no_tls: true }
    debug: true`,
  );
  const child = spawn(natsServer(), ["--config", config], { stdio: ["ignore", "inherit", "pipe"] });
  child.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  let open = 0;
  createInterface({ input: child.stderr }).on("line", (line) => {
    const address = /websocket clients on ws:\/\/[^ ]+:(\d+)/.exec(line);
    if (address) tell({ port: Number(address[1]) });
    if (/wid:\d+ - Client connection created/.test(line)) tell({ open: ++open });
    if (/wid:\d+ - .*Client connection closed/.test(line)) tell({ open: --open });
    if (/ \[(FTL|ERR)\] /.test(line)) console.error(line);
  });
  return child;
}
