// Echoes a message from the page and one from each worker, and shows what came back.
import { talk } from "./talk";

const server = new URLSearchParams(location.search).get("server") as string;

const show = (id: string, message: string) => {
  (document.getElementById(id) as HTMLElement).textContent = message;
};

talk(server, "hello from the page", (message) => show("page", message));

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
worker.onmessage = ({ data }) => show("worker", data);
worker.postMessage(server);

const slim = new Worker(new URL("./slim-worker.ts", import.meta.url), { type: "module" });
slim.onmessage = ({ data }) => show("slim", data);
slim.postMessage(server);
