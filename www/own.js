// Our own lines: each is delivered, and shows where it is until the room has it.

import { dropInWords } from "./words.js";

/** `socket()` is the one to send over; `begun` makes our marks unlike those of any other page. */
export function ownLines({ list, tally, begun, socket }) {
  const lines = new Map(); // by the mark by which we know a line when the room repeats it

  function say(name, text) {
    const ref = `${begun}-${lines.size + 1}`;
    const line = {
      ref,
      text,
      copies: 0,
      view: list.add({ name, text, at: Date.now(), mine: true }),
    };
    lines.set(ref, line);
    send(line);
  }

  async function send(line) {
    const over = socket();
    Object.assign(line, { over, confirmed: false, error: undefined });
    // On an open connection it leaves at once, otherwise when there is one: see follow().
    line.sends = over.state.name === "open" ? 1 : 0;
    const { text, ref } = line;
    const fate = over.deliver({ type: "say", text, ref }, { until: "confirmed" });
    show(line);
    try {
      await fate;
      line.confirmed = true;
    } catch (error) {
      line.error = error;
    }
    show(line);
  }

  /** Counts how often each line has left over this socket. */
  function follow(one) {
    one.addEventListener("open", () => {
      for (const line of lines.values()) {
        if (line.over !== one || line.confirmed || line.error) continue;
        line.sends += 1;
        show(line);
      }
    });
  }

  /** Takes a line that the room repeats; false if it is none of ours. */
  function hear({ ref, text, name, at }) {
    const line = lines.get(ref);
    if (!line) return false;
    line.copies += 1;
    if (line.copies > 1) {
      list.add({ name, text, at, mine: true }).setFate("doubled", "in the room once more");
    }
    show(line);
    return true;
  }

  function show(line) {
    const [fate, words] = fateOf(line);
    line.view.setFate(fate, words);
    if (line.error && !line.copies) line.view.offer("Send again", () => send(line));
    tally.textContent = count([...lines.values()]);
  }

  return { say, follow, hear };
}

/** Where a line is, from what is known: a word for the style sheet, and plain words. */
function fateOf({ sends, confirmed, copies, error }) {
  if (error && !copies) {
    // One that has never left is not in the room and never will be; of one that has, nobody knows.
    const [fate, words] = error.sent ? ["maybe-lost", "maybe lost"] : ["given-up", "given up"];
    return [fate, `${words}: ${dropInWords(error)}`];
  }
  if (!sends) return ["queued", "waiting in the queue"];
  const again = sends > 2 ? `sent again ×${sends - 1}` : "sent again";
  const sent = sends > 1 ? again : "sent";
  const before = sends > 1 ? `${again}, ` : "";
  if (copies && confirmed) return ["settled", `${before}received, in the room`];
  if (copies && error) return ["settled", `${before}in the room`];
  if (copies) return ["room", `${before}in the room, no pong yet`];
  if (confirmed) return ["received", `${before}received by the server`];
  return [sends > 1 ? "again" : "sent", sent];
}

function count(lines) {
  const sum = (is) => lines.filter(is).length;
  const inRoom = sum((line) => line.copies);
  const givenUp = sum((line) => !line.copies && line.error && !line.error.sent);
  const maybeLost = sum((line) => !line.copies && line.error?.sent);
  const onTheWay = lines.length - inRoom - givenUp - maybeLost;
  const doubled = lines.reduce((doubles, { copies }) => doubles + Math.max(0, copies - 1), 0);
  const parts = [
    `${inRoom} in the room`,
    onTheWay && `${onTheWay} on the way`,
    givenUp && `${givenUp} given up`,
    maybeLost ? `${maybeLost} maybe lost` : "none lost",
    doubled ? `${doubled} doubled` : "none doubled",
  ];
  const said = lines.length === 1 ? "Your line" : `Your ${lines.length} lines`;
  return `${said}: ${parts.filter(Boolean).join(", ")}.`;
}
