// The class in a worker: tells what a socket goes through.
import { WebSocket } from "/pkg/websocket/index.js";

globalThis.onmessage = ({ data: [url, options] }) => {
  const told = [];
  const socket = new WebSocket(url, [], options);
  socket.onopen = () => {
    told.push("open");
    socket.send(new Blob(["é"]));
  };
  socket.onmessage = ({ data }) => {
    told.push(`${data.constructor.name} ${data.size}`);
    const other = new WebSocket("/ws/echo", [], { reconnect: false });
    told.push(other.url.replace(/^ws:.*/, "http: is ws:"));
    other.close();
    socket.close(3333);
  };
  socket.onclose = ({ code }) => postMessage([...told, `close ${code}`]);
};
