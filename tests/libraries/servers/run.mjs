// The process of one server: `node run.mjs NAME HOST PORT`. It tells its parent its port and, whenever that changes, how many
// connections it holds; it ends with its parent.
import { createServer } from "node:http";

const [name, host, port] = process.argv.slice(2);
const { attach, launch } = await import(`./${name}.mjs`);
const tell = (news) => process.connected && process.send(news);

if (launch) {
  // A program of its own: it is the one to be killed, and this process ends with it.
  const child = launch(host, Number(port), tell);
  child.on("exit", (code) => process.exit(code ?? 1));
  process.on("disconnect", () => child.kill("SIGKILL"));
  tell({ pid: child.pid });
} else {
  const http = createServer((_, response) => response.writeHead(404).end());
  let open = 0;
  const count = (change) => {
    open += change;
    tell({ open });
  };
  http.on("connection", (connection) => {
    count(+1);
    connection.on("close", () => count(-1));
  });
  await attach(http);
  http.listen(Number(port), host, () => tell({ port: http.address().port }));
  process.on("disconnect", () => process.exit());
}
