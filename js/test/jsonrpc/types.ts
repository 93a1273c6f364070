// What the types of a client allow, and what they do not; compiled, never run.
import { connectJsonRpc } from "../../jsonrpc/index.js";

interface Remote {
  sum(values: number[]): number;
  search(params?: { text: string }): string[];
  move(params: { to: string } | { by: number }): void;
  pad(text: string, width?: number): string;
  max(...values: number[]): number;
}
interface Local {
  sort(values: number[]): number[];
  ask(params?: { text: string }): string;
}

export function methods() {
  // An interface will do as well as a type.
  const rpc = connectJsonRpc<Remote, Local>("wss://example.com/rpc");

  // A list is one parameter by position, not all of them.
  rpc.call("sum", [[1, 2]]);
  // @ts-expect-error
  rpc.call("sum", [1, 2]);
  rpc.handle("sort", ([values]) => values.sort());

  // Parameters by name may be left out as a whole, or stand in a list.
  rpc.call("search");
  rpc.call("search", { text: "a" });
  rpc.call("search", [{ text: "a" }]);
  rpc.handle("ask", ({ text }) => text ?? "none");

  rpc.call("move", { by: 1 });
  rpc.call("pad", ["a"]);
  rpc.call("max", [1, 2, 3]);
  // @ts-expect-error
  rpc.call("pad", []);
  // @ts-expect-error
  rpc.call("max", ["a"]);
  // @ts-expect-error
  rpc.call("min", [1]);
}
