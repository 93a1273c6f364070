// Who is here: retained messages, one a tab, and wills that take them back.

import { json } from "tautline/mqtt";

const codec = json();
/** Who is back within this time was never gone. */
const WILL_DELAY_MS = 2_000;

/** Fills `list`; returns the will of this tab, and `follow(client)`. */
export function people(list, { id, name, topic }) {
  const own = topic("people", id);
  const about = (here) => codec.encode({ name, here });
  const shown = new Map();

  function show(who, message) {
    let item = shown.get(who);
    // An empty message takes a retained one away.
    if (!message) {
      item?.remove();
      shown.delete(who);
      return;
    }
    if (!item) {
      item = document.createElement("li");
      item.append(...["dot", "name", "what"].map(part));
      list.append(item);
      shown.set(who, item);
    }
    item.dataset.here = message.here === true;
    item.children[1].textContent = `${message.name}${who === id ? " (this tab)" : ""}`;
    item.children[2].textContent = message.here ? "here" : "gone";
  }

  return {
    will: { topic: own, payload: about(false), qos: 1, retain: true, delay: WILL_DELAY_MS },
    follow(client) {
      client.subscribe(topic("people", "+"), { qos: 1 }, (message) => {
        const who = message.topic.split("/").at(-1);
        show(who, read(message.payload));
      });
      // After a break as well: the will may have been published meanwhile.
      client.addEventListener("open", () => {
        client.publish(own, about(true), { qos: 1, retain: true });
      });
    },
  };
}

/** What others write is not ours to trust: nothing, where it is empty or no such message. */
function read(payload) {
  try {
    const message = payload.length ? codec.decode(payload) : undefined;
    return typeof message?.name === "string" ? message : undefined;
  } catch {
    return undefined;
  }
}

function part(className) {
  const element = document.createElement("span");
  element.className = className;
  return element;
}
