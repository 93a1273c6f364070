// One RabbitMQ for all test files of a run: each is a process of its own, and a start takes long. Whoever runs the files
// starts it (`lendRabbitMq`) and passes on `env`; a file that is run alone starts one for itself.
import { createServer } from "node:http";
import { RabbitMq } from "./rabbitmq.mjs";

const VARIABLE = "TAUTLINE_RABBITMQ";
const RESTART_LIMIT = 150_000;

/** Starts RabbitMQ for other processes: { env, stop() }. They can have it restarted. */
export async function lendRabbitMq() {
  const rabbit = await RabbitMq.start();
  const server = createServer((request, response) => answer(rabbit, request, response));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const control = `http://127.0.0.1:${server.address().port}/`;
  const { stompUrl, mqttUrl } = rabbit;
  return {
    env: { [VARIABLE]: JSON.stringify({ stompUrl, mqttUrl, control }) },
    async stop() {
      server.close();
      await rabbit.stop();
    },
  };
}

async function answer(rabbit, request, response) {
  try {
    if (request.method === "POST") await rabbit.restart();
    response.end(rabbit.log);
  } catch (error) {
    response.writeHead(500).end(error.message);
  }
}

/** The RabbitMQ of this run: { stompUrl, mqttUrl, restart(), log(), stop() }. Others use it too: take names of your own. */
export async function rabbitMq() {
  const lent = process.env[VARIABLE];
  if (lent) return borrowed(JSON.parse(lent));
  const rabbit = await RabbitMq.start();
  const { stompUrl, mqttUrl } = rabbit;
  return {
    stompUrl,
    mqttUrl,
    restart: () => rabbit.restart(),
    log: async () => rabbit.log,
    stop: () => rabbit.stop(),
  };
}

function borrowed({ control, stompUrl, mqttUrl }) {
  const ask = async (method) => {
    const signal = AbortSignal.timeout(RESTART_LIMIT);
    const response = await fetch(control, { method, signal });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  };
  return {
    stompUrl,
    mqttUrl,
    restart: async () => void (await ask("POST")),
    log: () => ask("GET"),
    stop: async () => {},
  };
}
