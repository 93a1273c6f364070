// Who is in a chat room.

/** Wraps a <p>; `me.name` is marked as ours. */
export function memberList(root, me) {
  let names = [];
  const label = root.querySelector(".members-label");
  const render = () => {
    const tags = names.map((name) => {
      const tag = document.createElement("span");
      tag.className = "member";
      tag.textContent = name === me.name ? `${name} (you)` : name;
      return tag;
    });
    root.replaceChildren(label, ...(tags.length ? tags : [" nobody yet"]));
  };
  return {
    set(all) {
      names = [...all];
      render();
    },
    add(name) {
      if (!names.includes(name)) names.push(name);
      render();
    },
    remove(name) {
      names = names.filter((n) => n !== name);
      render();
    },
  };
}
