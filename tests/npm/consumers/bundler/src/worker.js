import { talk } from "./talk.js";

self.onmessage = ({ data: server }) =>
  talk(server, "hello from the worker", (message) => self.postMessage(message));
