// Blocks in Rust are tests of rustdoc: what follows "rust," on the fence and lines that begin with "# " are for it, not for readers.

/** A plugin of markdown-it. */
export function hideFromReaders(markdown) {
  markdown.core.ruler.push("rustdoc", ({ tokens }) => {
    for (const token of tokens) {
      if (token.type !== "fence" || !/^rust\b/.test(token.info)) continue;
      token.info = "rust";
      token.content = token.content.replaceAll(/^ *#(?: .*)?\n/gm, "");
    }
  });
}
