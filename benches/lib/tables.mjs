/** A table, its first line being the head; for the terminal, or as markdown. */
export function table(lines, markdown) {
  if (markdown) {
    const [head, ...body] = lines;
    const rule = head.map((_, n) => (n === 0 ? "---" : "---:"));
    return [head, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  }
  const widths = lines[0].map((_, n) => Math.max(...lines.map((cells) => cells[n].length)));
  const pad = (cell, n) => (n === 0 ? cell.padEnd(widths[n]) : cell.padStart(widths[n]));
  return lines.map((cells) => `  ${cells.map(pad).join("   ")}`.trimEnd()).join("\n");
}
