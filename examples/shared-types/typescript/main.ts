// The list as a page in TypeScript. The class and all message types come from Rust: see ./client/client.d.ts.
import init, { type Item, type ServerMessage, TodoSocket } from "./client/client.js";

const element = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
const title = element<HTMLInputElement>("title");
let items: Item[] = [];

await init();
const socket = new TodoSocket("/ws", {});

socket.onState(({ state }) => show("state", state.name));
socket.onInvalid(({ error }) => show("problem", `invalid: ${error.message}`));
socket.onDrop(({ error }) => show("problem", error.message));
socket.subscribe((message) => {
  items = changed(items, message);
  draw();
});

element("add").addEventListener("submit", (event) => {
  event.preventDefault();
  socket.send({ type: "add", title: title.value });
  title.value = "";
});

element("count").addEventListener("click", async () => {
  const reply = await socket.request({ type: "count", request: 0 }, { timeout: 5_000 });
  if (reply.type === "counted") show("counted", `${reply.open} to do, ${reply.done} done`);
});

/** The list after a message. A type that Rust adds and nobody handles here does not compile. */
function changed(items: Item[], message: ServerMessage): Item[] {
  switch (message.type) {
    case "list":
      return message.items;
    case "saved": {
      const { item } = message;
      const isKnown = items.some(({ id }) => id === item.id);
      return isKnown ? items.map((it) => (it.id === item.id ? item : it)) : [...items, item];
    }
    case "removed":
      return items.filter(({ id }) => id !== message.id);
    case "refused":
      show("problem", message.why);
      return items;
    case "counted":
    case "pong":
      return items;
    default:
      return message satisfies never;
  }
}

function draw(): void {
  element("list").replaceChildren(...items.map(row));
}

function row(item: Item): HTMLElement {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = item.done;
  box.addEventListener("change", () => {
    socket.send({ type: "save", item: { ...item, done: box.checked } });
  });
  const label = document.createElement("label");
  label.append(box, item.title);
  const remove = document.createElement("button");
  remove.type = "button";
  remove.textContent = "Remove";
  remove.addEventListener("click", () => socket.send({ type: "remove", id: item.id }));
  const line = document.createElement("li");
  line.append(label, remove);
  return line;
}

function show(id: string, text: string): void {
  element(id).textContent = text;
}
