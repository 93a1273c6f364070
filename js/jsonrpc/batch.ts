import { CodecError } from "../index.js";
import { call, dotted, type Message, type Params, quiet, type Reply, resultOf } from "./message.js";
import type { CallArguments, CallOptions, MethodsOf, ResultOf } from "./options.js";

type Send = (frame: (ticket: number) => Message[], options: CallOptions) => Promise<unknown>;
/** By the place of their calls in the batch. */
type Replies = Map<string | undefined, Reply>;

/**
 * Calls and notifications that travel in one frame. Made by `rpc.batch()`.
 *
 * @example
 * const batch = rpc.batch();
 * const sum = batch.call("add", [1, 2]);
 * batch.notify("log", ["added"]);
 * await batch.send({ timeout: 5_000 });
 * console.log(await sum);
 */
export class Batch<Remote extends MethodsOf<Remote>> {
  readonly #send: Send;
  readonly #parts: ((ticket: number, index: number) => Message)[] = [];
  #settle: (replies: Promise<Replies>) => void = () => {};
  readonly #replies = quiet(
    new Promise<Replies>((resolve) => {
      this.#settle = resolve;
    }),
  );
  /** @internal Whether somebody waits for an answer: a batch of notifications has none. */
  isAwaited = false;
  #isSent = false;

  /** @internal */
  constructor(send: Send) {
    this.#send = send;
  }

  /** Adds a call. Its promise settles by itself, once `send()` has been called. */
  call<M extends keyof Remote & string>(
    method: M,
    ...[params]: CallArguments<Remote[M], never>
  ): Promise<ResultOf<Remote[M]>> {
    const index = this.#add((ticket, at) => call(method, params as Params, dotted(ticket, at)));
    this.isAwaited = true;
    const answer = this.#replies.then((replies) => {
      const reply = replies.get(`${index}`);
      if (reply) return resultOf(reply) as ResultOf<Remote[M]>;
      const cause = new TypeError("The batch was answered without this call");
      throw new CodecError("decode", cause);
    });
    return quiet(answer);
  }

  /** Adds a notification, which has no answer. */
  notify<M extends keyof Remote & string>(
    method: M,
    ...[params]: CallArguments<Remote[M], never>
  ): void {
    this.#add(() => call(method, params as Params));
  }

  /**
   * Sends the batch, once. Resolves when the server has answered, whatever it has answered to each call.
   *
   * @throws {DropError} As `call`: it could not be sent, or was not answered. So do all its calls.
   * @throws {TypeError} The batch is empty, or was sent before.
   */
  send(options: CallOptions = {}): Promise<void> {
    return quiet(this.#deliver(options));
  }

  async #deliver(options: CallOptions): Promise<void> {
    if (this.#isSent || this.#parts.length === 0) {
      throw new TypeError("The batch is empty, or was sent already");
    }
    this.#isSent = true;
    const frame = (ticket: number) => this.#parts.map((part, index) => part(ticket, index));
    const replies = this.#send(frame, options).then(
      (answer) =>
        new Map(([answer ?? []].flat() as Reply[]).map((it) => [String(it.id).split(".")[1], it])),
    );
    this.#settle(replies);
    await replies;
  }

  #add(part: (ticket: number, index: number) => Message): number {
    if (this.#isSent) throw new TypeError("The batch was sent already");
    return this.#parts.push(part) - 1;
  }
}
