// Every kind of worker answers over the port it is given.
import { server, show } from "./show.js";

function ask(worker, text) {
  const { port1, port2 } = new MessageChannel();
  const answer = new Promise((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  worker.postMessage({ server, text, port: port2 }, [port2]);
  return answer;
}

/** A worker that is not there rejects. */
const failure = (worker) =>
  new Promise((_, reject) => {
    worker.onerror = ({ message }) => reject(new Error(`not loaded: ${message}`));
  });

const dedicated = new Worker("worker.js", { type: "module" });
show("dedicated", Promise.race([ask(dedicated, "hello from a worker"), failure(dedicated)]));

const shared = new SharedWorker("worker.js", { type: "module" });
shared.port.start();
show("shared", Promise.race([ask(shared.port, "hello from a shared worker"), failure(shared)]));

show("service", service());

async function service() {
  const registration = await navigator.serviceWorker.register("worker.js", { type: "module" });
  await navigator.serviceWorker.ready;
  return ask(registration.active, "hello from a service worker");
}
