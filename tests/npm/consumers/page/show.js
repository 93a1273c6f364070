export const server = new URLSearchParams(location.search).get("server");

/** Writes what a promise becomes into the <output> of that id. */
export async function show(id, promise) {
  const text = await promise.catch((error) => `${error.name}: ${error.message}`);
  document.getElementById(id).textContent = text;
}
