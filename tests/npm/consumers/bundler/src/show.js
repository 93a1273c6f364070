export const server = new URLSearchParams(location.search).get("server");

export function show(id, message) {
  document.getElementById(id).textContent = message;
}
