import { talk } from "./talk";

self.onmessage = ({ data: server }) =>
  talk(server, "hello from the worker", (message) => self.postMessage(message));
