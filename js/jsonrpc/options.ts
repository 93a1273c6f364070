import type { DialContext, OpenInfo, Options, RequestOptions } from "../index.js";
import type { Params } from "./message.js";

/** Methods by name. Parameters by position are several, those by name one object. */
// biome-ignore lint/suspicious/noExplicitAny: a list of methods that is not described
export type Methods = { readonly [name: string]: (...params: any[]) => any };

/** The same for interfaces, which have no index signature. */
export type MethodsOf<T> = { readonly [M in keyof T]: Methods[string] };

/** The parameters by name, where a method takes one object; a list is one parameter by position. */
type Named<F extends Methods[string]> =
  Required<Parameters<F>> extends [infer Only extends object]
    ? Only extends readonly unknown[]
      ? never
      : Only
    : never;

/** The parameters of a method: an object where it takes one, or a list. */
export type ParamsOf<F extends Methods[string]> =
  unknown[] extends Parameters<F> ? Params : Named<F> | Parameters<F>;

/** What a handler gets: the one object of parameters by name, or the list of those by position. */
export type ReceivedParams<F extends Methods[string]> =
  unknown[] extends Parameters<F>
    ? // biome-ignore lint/suspicious/noExplicitAny: a method that is not described
      any
    : [Named<F>] extends [never]
      ? Parameters<F>
      : [] extends Parameters<F>
        ? Partial<Named<F>>
        : Named<F>;

/** What a method gives. */
export type ResultOf<F extends Methods[string]> = Awaited<ReturnType<F>>;

/** The arguments of a call after the method's name: parameters only where it has some. */
export type CallArguments<F extends Methods[string], O> =
  [] extends Parameters<F>
    ? [params?: ParamsOf<F>, options?: O]
    : [params: ParamsOf<F>, options?: O];

/** What a single call may ask for: `timeout` in ms, `signal`, and `idempotent` where it may be carried out twice. */
export type CallOptions = RequestOptions;

/** A call to make: its method and parameters. */
export interface CallTo {
  readonly method: string;
  readonly params?: Params | undefined;
}

/** How a dead connection is noticed: by a call, whose reply is the pong, an error too. */
export interface JsonRpcHeartbeat {
  /** A method that costs the server little. It need not exist: the error is an answer. */
  method: string;
  params?: Params;
  /** Call after this much silence, in ms. Default 25,000. */
  interval?: number;
  /** The same while the page is hidden, in ms. Default 50,000. */
  hiddenInterval?: number;
}

/** The call after the handshake that proves who we are. Nothing else leaves before its reply. */
export interface JsonRpcAuth {
  /** Makes the call, anew for each connection. */
  call: (context: DialContext) => CallTo | PromiseLike<CallTo>;
  /** Whether a result is a yes. Default: any is. An error is a no. */
  accept?: (result: unknown) => boolean;
  /** How long the credentials hold, in ms, or a function that reads it from the result. Default: until `reauthenticate()`. */
  expiresIn?: number | ((result: unknown) => number | undefined);
  /** Sends credentials over plain `ws:` off loopback, too. Default false. */
  insecure?: boolean;
}

/** Makes a call during the restore step, before anything that was queued. Rejects when the attempt is given up. */
export type RestoreCall = (method: string, params?: Params) => Promise<unknown>;

/** What {@link connectJsonRpc} takes: the options of `connect` that JSON-RPC leaves open, and these. */
export interface JsonRpcOptions
  extends Omit<
    Options,
    "codec" | "schema" | "heartbeat" | "auth" | "restore" | "requests" | "stamp"
  > {
  heartbeat?: JsonRpcHeartbeat;
  auth?: JsonRpcAuth;
  /** Runs on each connection, the first too, before subscriptions are made again and before what was queued. */
  restore?: (call: RestoreCall, info: OpenInfo & { readonly signal: AbortSignal }) => unknown;
  calls?: {
    /** Calls and batches waiting at a time. Default 1,024. */
    max?: number;
    /** How long a call may take, in ms, if it does not say so itself; its time in the queue counts. Default 30,000. */
    timeout?: number;
    /**
     * Makes the notification that tells the server that nobody waits for a call any more, such as `$/cancelRequest`; for
     * a batch, one for each of its calls, whose ids are texts.
     */
    cancel?: (id: number | string) => CallTo;
  };
}

/** What a handler is told beside the parameters. */
export interface HandlerContext {
  /** Aborts when the connection that the call came over ends: nobody waits for the result any more. */
  readonly signal: AbortSignal;
}

/** Carries out what the server asks for. What it throws is the answer, if it is a `JsonRpcError`; anything else is -32603. */
export type Handler<F extends Methods[string] = Methods[string]> = (
  params: ReceivedParams<F>,
  context: HandlerContext,
) => ResultOf<F> | PromiseLike<ResultOf<F>>;

/** What a subscription may ask for. */
export interface SubscribeOptions<T> {
  /** The method that ends the subscription; it gets the subscription's id. Default: the server is not told. */
  unsubscribe?: string;
  /** Called with each notification; otherwise they wait for whoever iterates. */
  listener?: (value: T) => void;
  /** Notifications that wait for a slow consumer at most. Default 1,024. */
  highWaterMark?: number;
  /** What happens when they are more. `"error"`, the default, ends the iteration with `overrun`; `"drop-oldest"` drops. */
  overflow?: "error" | "drop-oldest";
  /** For the first subscribing, in ms. Default `calls.timeout`. */
  timeout?: number;
  /** Ends the subscription when it aborts. */
  signal?: AbortSignal;
}
