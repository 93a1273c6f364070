// A JSON-RPC client over a scripted WebSocket, and what its server sees and says.
import { afterEach } from "node:test";
import {
  connectJsonRpc,
  type JsonRpc,
  type JsonRpcOptions,
  type Methods,
} from "../../jsonrpc/index.js";
import { FakeWebSocket } from "../fakes.js";
import { ADDRESS } from "../start.js";

type Sent = { id?: unknown; method?: string; params?: unknown; result?: unknown; error?: unknown };

export class Peer {
  readonly native: FakeWebSocket;
  #read = 0;

  constructor(native: FakeWebSocket) {
    this.native = native;
  }

  /** The next frame that was not looked at yet. */
  get next(): Sent {
    return JSON.parse(this.native.sent[this.#read++] as string);
  }

  get isQuiet(): boolean {
    return this.#read === this.native.sent.length;
  }

  say(message: unknown): void {
    this.native.receive(JSON.stringify(message));
  }

  /** Answers the next frame, which has to be a call. */
  answer(result: unknown): Sent {
    const call = this.next;
    this.say({ jsonrpc: "2.0", id: call.id, result });
    return call;
  }

  refuse(code: number, message: string, data?: unknown): Sent {
    const call = this.next;
    this.say({ jsonrpc: "2.0", id: call.id, error: { code, message, data } });
    return call;
  }

  notify(method: string, params: unknown): void {
    this.say({ jsonrpc: "2.0", method, params });
  }
}

const clients: JsonRpc[] = [];

export async function dial<Remote extends Methods = Methods, Local extends Methods = Methods>(
  options: JsonRpcOptions = {},
) {
  const dialled = FakeWebSocket.next();
  const rpc = connectJsonRpc<Remote, Local>(ADDRESS, {
    WebSocket: FakeWebSocket,
    backoff: { initial: 1, max: 1 },
    ...options,
  });
  clients.push(rpc as never);
  const peer = new Peer(await dialled);
  return { rpc, peer };
}

/** The same, once it is open. */
export async function opened<Remote extends Methods = Methods, Local extends Methods = Methods>(
  options: JsonRpcOptions = {},
) {
  const made = await dial<Remote, Local>(options);
  made.peer.native.open();
  await made.rpc.socket.opened();
  return made;
}

/** Breaks the connection; gives the peer of the next one, which is open already. */
export async function broken(peer: Peer): Promise<Peer> {
  const dialled = FakeWebSocket.next();
  peer.native.end(1006);
  const next = new Peer(await dialled);
  next.native.open();
  return next;
}

/** Lets what waits in the microtask queue go on. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

afterEach(async () => {
  const closing = clients.splice(0).map((rpc) => {
    const closed = rpc.close();
    for (const native of FakeWebSocket.all.splice(0)) native.end(1000);
    return closed;
  });
  await Promise.all(closing);
});
