// What the drivers wait with: events, made into promises.

/** Values that arrive one by one, and promises of those that fit. */
export class Heard {
  #values = [];
  #waiting = new Set();

  add(value) {
    this.#values.push(value);
    for (const look of this.#waiting) look();
  }

  /** Resolves once `value` has been heard. */
  has(value) {
    return new Promise((resolve) => {
      const look = () => {
        if (!this.#values.includes(value)) return;
        this.#waiting.delete(look);
        resolve(value);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** A promise, and the function that resolves it. */
export function news() {
  let tell;
  const told = new Promise((resolve) => {
    tell = resolve;
  });
  return { told, tell };
}
