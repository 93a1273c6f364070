// Bounds for everything that waits: no wait in these tests is without an end.

/** Rejects with an error naming `what` if `promise` has not settled after `ms`. */
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out after ${ms} ms: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Time passing as such: for faults that consist of time passing, never for waiting on a result. */
export function pass(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
