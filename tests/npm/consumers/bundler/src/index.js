// A page as every bundler takes it: itself, a worker, and the WebSocket class, which shares the page's engine.
import { WebSocket } from "tautline/websocket";
import { server, show } from "./show.js";
import { talk } from "./talk.js";

talk(server, "hello from the page", (message) => show("page", message));

const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => show("worker", data);
worker.postMessage(server);

const socket = new WebSocket(server);
socket.onopen = () => socket.send("hello from the class");
socket.onmessage = ({ data }) => show("class", data);
