import { CodecError } from "../index.js";
import {
  call,
  type Message,
  memberId,
  type Params,
  quiet,
  type Reply,
  resultOf,
} from "./message.js";
import type { CallArguments, CallOptions, MethodsOf, ResultOf } from "./options.js";

interface Member {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Send = (frame: (ticket: number) => Message[], options: CallOptions) => Promise<unknown>;

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
  readonly #members = new Map<number, Member>();
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
    const index = this.#add((ticket, at) => call(method, params as Params, memberId(ticket, at)));
    const answer = new Promise<ResultOf<Remote[M]>>((resolve, reject) => {
      this.#members.set(index, { resolve: resolve as Member["resolve"], reject });
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
      throw new TypeError("A batch has at least one member, and is sent once");
    }
    this.#isSent = true;
    const frame = (ticket: number) => this.#parts.map((part, index) => part(ticket, index));
    try {
      const replies = await this.#send(frame, options);
      for (const reply of [replies ?? []].flat() as Reply[]) this.#settle(reply);
      this.#fail(
        new CodecError("decode", new TypeError("The batch was answered without this call")),
      );
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  /** Whether somebody waits for an answer: a batch of notifications has none. */
  get isAwaited(): boolean {
    return this.#members.size > 0;
  }

  #add(part: (ticket: number, index: number) => Message): number {
    if (this.#isSent) throw new TypeError("The batch was sent already");
    return this.#parts.push(part) - 1;
  }

  #settle(reply: Reply): void {
    const index = Number(String(reply.id).split(".")[1]);
    const member = this.#members.get(index);
    this.#members.delete(index);
    try {
      member?.resolve(resultOf(reply));
    } catch (error) {
      member?.reject(error);
    }
  }

  #fail(error: unknown): void {
    for (const { reject } of this.#members.values()) reject(error);
    this.#members.clear();
  }
}
