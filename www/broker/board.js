// A note for everybody, kept by the broker: one retained message, which an empty one takes off.

import { text } from "tautline/mqtt";

const codec = text();

export function showBoard(client, { topic }) {
  const board = topic("board");
  const input = document.querySelector("#board-input");
  const pin = (note) => client.publish(board, note, { qos: 1, retain: true, codec });

  client.subscribe(board, { qos: 1, codec }, ({ payload }) => {
    document.querySelector("#board").textContent = payload || "Nothing pinned.";
  });
  document.querySelector("#board-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.value) pin(input.value);
    input.value = "";
  });
  document.querySelector("#unpin").addEventListener("click", () => pin(""));
}
