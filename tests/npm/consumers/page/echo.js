/** Sends `text` to a server that echoes; resolves with what comes back. */
export function echo({ connect }, server, text) {
  return new Promise((resolve) => {
    const socket = connect(server);
    socket.subscribe(resolve);
    socket.send(text);
  });
}

/** The same by a class of the browser's kind. */
export function echoByClass(WebSocket, server, text) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(server);
    socket.onopen = () => socket.send(text);
    socket.onmessage = ({ data }) => resolve(data);
    socket.onerror = reject;
  });
}
