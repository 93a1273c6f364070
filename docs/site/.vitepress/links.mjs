// Links that leave docs/ lead into the repository: on the site they go where it is published.
import { existsSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

const REPOSITORY = "https://github.com/tautline/tautline";

/** A plugin of markdown-it. A link to what is not there stays as it is: the tests find it. */
export function leadOutside(markdown, { docs }) {
  const root = join(docs, "..");
  markdown.core.ruler.push("lead-outside", ({ tokens, env }) => {
    const page = env.path ?? join(docs, env.relativePath ?? "");
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type !== "link_open") continue;
      const outside = outsideOf(token.attrGet("href"), page, docs, root);
      if (outside) token.attrSet("href", outside);
    }
  });
}

function outsideOf(href, page, docs, root) {
  if (!/^\.\.?\//.test(href)) return undefined;
  const [path, anchor] = href.split("#");
  const target = join(dirname(page), decodeURI(path));
  if (`${target}${sep}`.startsWith(join(docs, sep))) return undefined;
  if (!existsSync(target)) return undefined;
  const kind = statSync(target).isDirectory() ? "tree" : "blob";
  const place = relative(root, target).split(sep).join("/");
  return `${REPOSITORY}/${kind}/main/${place}${anchor ? `#${anchor}` : ""}`;
}
