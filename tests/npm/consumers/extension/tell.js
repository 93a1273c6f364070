import { address } from "./address.js"; // written by the test
import { connect } from "./tautline/index.js";

/** Has the server echo a name, and connects again under the name that came back: the test looks for that one. */
export function tell(name) {
  const socket = connect(address(name));
  socket.subscribe((echoed) => connect(address(echoed)));
  socket.send(`${name}-heard`);
}
