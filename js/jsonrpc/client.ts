/// <reference lib="esnext.disposable" preserve="true" />
import { connect, OptionError, type Options, type Provider, raw, type Socket } from "../index.js";
import { Batch } from "./batch.js";
import {
  type Call,
  call,
  codec,
  dotted,
  type Incoming,
  isCall,
  listOf,
  type Message,
  type Params,
  quiet,
  type Reply,
  resultOf,
  ticketOf,
} from "./message.js";
import type {
  CallArguments,
  CallOptions,
  CallTo,
  Handler,
  JsonRpcOptions,
  Methods,
  MethodsOf,
  ParamsOf,
  ResultOf,
  SubscribeOptions,
} from "./options.js";
import { Restoring } from "./restoring.js";
import { Served } from "./served.js";
import type { Subscription } from "./subscription.js";
import { Subscriptions } from "./subscriptions.js";

// Ids that no call of the core has: it numbers its own.
const AUTH = "auth";
const BEAT = "beat";

const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** Options of `connect` that are not left open. */
const OURS = ["codec", "schema", "requests", "stamp"];

/** States in which the server can hear of what belongs to the connection. */
const CONNECTED: readonly string[] = ["authenticating", "restoring", "open"];

/** What a call of the core carries: a message without its id, or the members of a batch. */
type Draft = (ticket: number) => Message | Message[];

/**
 * A client of a JSON-RPC 2.0 server over a socket that comes back. Made by {@link connectJsonRpc}.
 *
 * @example
 * const sum = await rpc.call("add", [1, 2], { timeout: 5_000 });
 * rpc.notify("log", ["added"]);
 */
export class JsonRpc<
  Remote extends MethodsOf<Remote> = Methods,
  Local extends MethodsOf<Local> = Methods,
> {
  /** The socket underneath: its state and events, `reconnect()`, `pause()`, `reauthenticate()`, `stats()`. */
  readonly socket: Socket<unknown, Incoming>;
  readonly #served = new Served();
  readonly #subscriptions: Subscriptions;
  readonly #restoring = new Restoring();
  /** The members of those that are under way, by their numbers. */
  readonly #batches = new Map<number, Message[]>();
  /** Ends with the connection. */
  #connection = new AbortController();
  /** Until then, the end of the connection takes an answer back: at-least-once would repeat it over the next one. */
  #until: "sent" | "confirmed" = "sent";

  /** Same as {@link connectJsonRpc}. */
  constructor(url: Provider<string | URL>, options: JsonRpcOptions = {}) {
    this.#subscriptions = new Subscriptions({
      make: (draft, how) => this.#ask(draft, how),
      late: this.#restoring.waiting,
      tell: (to) => this.#tell(to),
      leave: (call) => void this.#served.answer([call], this.#connection.signal),
    });
    this.socket = connect(url, this.#options(options));
    this.socket.subscribe((message) => this.#receive(message));
    this.socket.addEventListener("state", ({ state, previous }) => {
      if (!CONNECTED.includes(previous.name) || CONNECTED.includes(state.name)) return;
      this.#connection.abort();
      this.#connection = new AbortController();
      this.#restoring.waiting.clear();
      this.#subscriptions.lose();
    });
    this.socket.addEventListener("close", () => this.#subscriptions.end());
  }

  /**
   * Calls a method of the server and resolves with its result. On a break it rejects or, with `idempotent`, is sent
   * again.
   *
   * @throws {JsonRpcError} The server's error, with its code and data.
   * @throws {DropError} `timeout`, `unanswered` (sent, and the connection ended before the reply), `queue-full`,
   *   `too-large`, `too-many-requests`, `closed`.
   * @throws The signal's reason when `signal` aborts; the server is told if `calls.cancel` is given.
   */
  call<M extends keyof Remote & string>(
    method: M,
    ...[params, options]: CallArguments<Remote[M], CallOptions>
  ): Promise<ResultOf<Remote[M]>> {
    const to = { method, params: params as Params };
    return quiet(this.#call(to, options) as Promise<ResultOf<Remote[M]>>);
  }

  /** Tells the server something that has no answer. What becomes of it is told as by `send` of the socket. */
  notify<M extends keyof Remote & string>(
    method: M,
    ...[params]: CallArguments<Remote[M], never>
  ): "sent" | "queued" | "dropped" {
    return this.socket.send(call(method, params as Params));
  }

  /** Begins a batch: calls that travel in one frame. */
  batch(): Batch<Remote> {
    const batch: Batch<Remote> = new Batch(async (frame, options) => {
      if (batch.isAwaited) {
        let number = 0;
        const draft = (ticket: number) => {
          number = ticket;
          const messages = frame(ticket);
          this.#batches.set(ticket, messages);
          return messages;
        };
        return this.socket.request(draft, options).finally(() => this.#batches.delete(number));
      }
      const { timeout, signal } = options;
      await this.socket.deliver(frame(0), { timeout, signal });
      return undefined;
    });
    return batch;
  }

  /**
   * Carries out what the server calls, or tells with a notification; one handler a method. Returns what ends it. A
   * method without a handler is answered with -32601.
   *
   * @example
   * rpc.handle("confirm", async ({ text }, { signal }) => ask(text, signal));
   */
  handle<M extends keyof Local & string>(method: M, handler: Handler<Local[M]>): () => void {
    return this.#served.set(method, handler as Handler);
  }

  /**
   * Subscribes in the style of jsonrpsee and of Ethereum's nodes: the call gives an id, and notifications with
   * `{ subscription: id, result }` follow. After a break it is made again, before anything that was queued;
   * `params` may be a function, called anew each time, such as one that asks for what was missed.
   *
   * @throws As {@link JsonRpc.call}. A refusal after a break ends the subscription, with the error.
   *
   * @example
   * const heads = await rpc.subscribe("eth_subscribe", ["newHeads"], { unsubscribe: "eth_unsubscribe" });
   * for await (const head of heads) show(head);
   */
  subscribe<T = unknown, M extends keyof Remote & string = keyof Remote & string>(
    method: M,
    params?: ParamsOf<Remote[M]> | (() => ParamsOf<Remote[M]>),
    options: SubscribeOptions<T> = {},
  ): Promise<Subscription<T>> {
    const make = typeof params === "function" ? (params as () => Params) : () => params as Params;
    const { unsubscribe } = options;
    const recipe = { call: () => ({ method, params: make() }), unsubscribe };
    return quiet(this.#subscriptions.add<T>(recipe, options));
  }

  /** Closes the socket, see `Socket.close`; calls that wait reject, and subscriptions end. */
  close(...how: Parameters<Socket["close"]>): Promise<void> {
    return this.socket.close(...how);
  }

  /** Closes it for good: `await using rpc = connectJsonRpc(url)`. */
  [asyncDispose](): Promise<void> {
    return this.socket[asyncDispose]();
  }

  #call({ method, params }: CallTo, options?: CallOptions): Promise<unknown> {
    return this.#ask((ticket) => call(method, params, ticket), options);
  }

  async #ask(draft: Draft, options?: CallOptions): Promise<unknown> {
    const [reply] = [await this.socket.request(draft, options)].flat() as [Reply];
    return resultOf(reply);
  }

  async #tell(to: CallTo): Promise<void> {
    if (!CONNECTED.includes(this.socket.state.name)) return;
    try {
      await this.#call(to, { signal: this.#connection.signal });
    } catch {
      // It ends with the connection at the latest, whatever the server says.
    }
  }

  #receive(message: Incoming): void {
    const all = listOf(message);
    const calls = all.filter((it) =>
      isCall(it)
        ? !(it.id === undefined && this.#subscriptions.accept(it))
        : this.#restoring.accept(it),
    ) as Call[];
    if (calls.length) this.#answer(calls, all === message);
  }

  async #answer(calls: Call[], isBatch: boolean): Promise<void> {
    // Over another connection nobody would know what it answers.
    const { signal } = this.#connection;
    const replies = await this.#served.answer(calls, signal);
    const reply = isBatch && replies[0] ? `[${replies}]` : replies[0];
    if (!reply || signal.aborted) return;
    // The server may need it before it answers a call of the restore step.
    if (this.socket.state.name === "restoring") this.#restoring.send(raw(reply));
    else this.socket.deliver(raw(reply), { signal, until: this.#until });
  }

  #options({
    heartbeat,
    auth,
    restore,
    calls,
    ...others
  }: JsonRpcOptions): Options<unknown, Incoming> {
    for (const name of OURS) {
      const value = others[name as never];
      if (value !== undefined) {
        throw new OptionError(`options.${name}`, value, "nothing: JSON-RPC says it");
      }
    }
    if (others.delivery === "at-least-once") this.#until = "confirmed";
    const { cancel, ...limits } = calls ?? {};
    const notification = ({ method, params }: CallTo) => call(method, params);
    return {
      ...others,
      codec,
      requests: {
        ...limits,
        id: (message) => {
          const ticket = ticketOf(message);
          return this.#restoring.waiting.has(ticket) ? undefined : ticket;
        },
        stamp: (draft, ticket) => (draft as Draft)(ticket),
        ...(cancel && {
          cancel: (ticket: number) => {
            const batch = this.#batches.get(ticket);
            if (!batch) return notification(cancel(ticket));
            const calls = batch.filter(({ id }) => id) as { id: string }[];
            return calls.map(({ id }) => notification(cancel(id)));
          },
        }),
      },
      ...(heartbeat && { heartbeat: beat(heartbeat) }),
      ...(auth && { auth: authentication(auth) }),
      restore: async (send, info) => {
        const again = this.#restoring.over(send, info.signal);
        await restore?.(again, info);
        await this.#subscriptions.restore(again);
      },
    };
  }
}

function beat({ method, params, ...times }: NonNullable<JsonRpcOptions["heartbeat"]>) {
  if (typeof method !== "string") {
    throw new OptionError("options.heartbeat.method", method, "the name of a method");
  }
  return {
    ...times,
    ping: (id: number) => call(method, params, dotted(BEAT, id)),
    isPong: (message: Incoming): number | false => {
      const reply = Object(message) as Reply;
      const [beat, id] = String(reply.id).split(".");
      return beat === BEAT && !isCall(reply) && Number(id);
    },
  };
}

function authentication(auth: NonNullable<JsonRpcOptions["auth"]>) {
  const { call: make, accept = () => true, expiresIn, ...others } = auth;
  if (typeof make !== "function") {
    throw new OptionError("options.auth.call", make, "a function");
  }
  return {
    ...others,
    message: async (context: Parameters<typeof make>[0]) => {
      const { method, params } = await make(context);
      return call(method, params, AUTH);
    },
    accept: (message: Incoming): boolean | undefined => {
      const reply = Object(message) as Reply;
      if (reply.id !== AUTH || isCall(reply)) return undefined;
      return !reply.error && !!accept(reply.result);
    },
    ...(expiresIn !== undefined && {
      expiresIn:
        typeof expiresIn === "function"
          ? (message: Incoming) => expiresIn((message as Reply).result)
          : expiresIn,
    }),
  };
}
