// The declarations that come out of Rust.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { at, script } from "../../scripts/lib/paths.mjs";
import { run } from "../../scripts/lib/run.mjs";
import { todoClient } from "../../scripts/lib/shared-types.mjs";

const LIMIT = { timeout: 40_000 };

describe("the declarations of the class", () => {
  it("let the page compile, and no wrong use", LIMIT, async () => {
    const project = at("examples", "shared-types", "typescript");
    await run(process.execPath, [script("typescript", "tsc"), "--project", project]);
  });

  it("have the exact messages, and say what each method does", LIMIT, async () => {
    const text = await readFile(join(todoClient, "client.d.ts"), "utf8");
    const { body } = /export class TodoSocket \{\n(?<body>.*?)^\}/ms.exec(text).groups;
    for (const line of [
      "constructor(url: string | URL, options: SocketOptions & TodoOptions);",
      'send(message: ClientMessage, options?: SocketSendOptions): "sent" | "queued" | "dropped";',
      "deliver(message: ClientMessage, options?: SocketDeliverOptions): Promise<void>;",
      "request(message: ClientMessage, options?: SocketRequestOptions): Promise<ServerMessage>;",
      "subscribe(listener: (message: ServerMessage) => void): () => void;",
      "onDrop(listener: (drop: SocketDrop<ClientMessage>) => void): () => void;",
      "readonly state: SocketState;",
      "[Symbol.dispose](): void;",
      "     * Ends pause().\n",
    ])
      assert.ok(body.includes(line), `${line} in\n${body}`);
    assert.ok(!body.includes(": any"), body);
    assert.match(text, /\/\*\*\n \* The list of things to do, as the server has it\.\n/);
  });
});
