// Web Streams over a socket, which outlive its connections.

import { deliver } from "./delivery.js";
import { iterate } from "./iterate.js";
import type { Messages } from "./messages.js";
import { drained } from "./waiting.js";

/** A write is done when no more than this waits on our side. */
const ROOM_BYTES = 2 ** 18;

/** Messages as a stream: the iterator holds them, so the stream itself asks for one at a time. */
export const readable = (core: Messages): ReadableStream<unknown> => {
  const messages = iterate<unknown>(core, {});
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { value, done } = await messages.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          core.readable = undefined;
          throw error;
        }
      },
      cancel() {
        core.readable = undefined;
        messages.return?.();
      },
    },
    { highWaterMark: 0 },
  );
};

export const writable = (core: Messages, close: () => Promise<void>): WritableStream<unknown> => {
  const { maxMessages = 1024, maxBytes = 2 ** 20 } = core.settings.queue ?? {};
  const room = () => drained(core, Math.min(ROOM_BYTES, maxBytes / 2), {}, maxMessages / 2);
  return new WritableStream({
    async write(message) {
      try {
        await room();
        await deliver(core, message, {});
        await room();
      } catch (error) {
        core.writable = undefined;
        throw error;
      }
    },
    async close() {
      await drained(core, undefined, {});
      await close();
    },
    abort: close,
  });
};
