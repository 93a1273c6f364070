// The messages: exactly as long as asked for, and not all alike.

const POOL = 64;

/** `size` characters of text each. */
export const texts = (size) =>
  Array.from({ length: POOL }, (_, n) => `${n} the quick brown fox `.repeat(size).slice(0, size));

/** Objects whose JSON has `size` characters each. */
export const objects = (size) =>
  Array.from({ length: POOL }, (_, n) => {
    const message = { type: "say", id: 100 + n, name: "ann", text: "" };
    message.text = "x".repeat(size - JSON.stringify(message).length);
    return message;
  });

/** Real events, made before anything is measured. The browser lets an event be dispatched again and again. */
export const eventsOf = (frames) =>
  frames.map((data) => new MessageEvent("message", { data, origin: "ws://scripted.test" }));
