// The lines of a chat room on the page. Everything from outside goes in as text, never as HTML.

const LIMIT = 300;
const BAD = ["given-up", "maybe-lost", "doubled"];
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

/** Wraps an <ol> in a scrolling box: `add` appends one line and returns a handle for its fate. */
export function lineList(list) {
  const box = list.parentElement;
  function add({ name, text, at, mine }) {
    const stick = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
    const item = document.createElement("li");
    item.classList.toggle("mine", mine);
    const who = part("b", "who", name);
    const when = part("time", "when", clock.format(at));
    when.dateTime = new Date(at).toISOString();
    const note = part("span", "fate", "");
    item.append(who, part("span", "text", text), part("span", "meta", ""));
    item.lastChild.append(note, when);
    list.append(item);
    while (list.children.length > LIMIT) list.firstChild.remove();
    const follow = () => {
      if (item === list.lastChild && (stick || mine)) box.scrollTop = box.scrollHeight;
    };
    follow();
    return handle(item, note, follow);
  }
  return { add };
}

function handle(item, note, follow) {
  let button;
  return {
    setFate(fate, words) {
      item.dataset.fate = fate;
      // The list is read out as it grows. Of what becomes of a line, only bad news is.
      note.setAttribute("aria-live", BAD.includes(fate) ? "polite" : "off");
      note.textContent = words;
      button?.remove();
      follow();
    },
    /** Offers one thing to do about this line, once. */
    offer(label, action) {
      button?.remove();
      button = part("button", "again", label);
      button.type = "button";
      button.addEventListener("click", () => {
        button.remove();
        action();
      });
      item.append(button);
      follow();
    },
  };
}

function part(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}
