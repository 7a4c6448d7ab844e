/** Markdown in the layout of `deno fmt`. */

/** Returns a table with aligned columns, without a final newline. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = header.map((title, column) =>
    Math.max(3, title.length, ...escaped.map((row) => row[column]?.length ?? 0))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(header), line(widths.map((width) => "-".repeat(width))), ...escaped.map(line)]
    .join("\n");
}

/** Returns an inline code span. */
export function code(text: string): string {
  return `\`${text}\``;
}

/** Returns a link to a heading; `page` is empty for the same page. */
export function headingLink(text: string, heading: string, page = ""): string {
  return `[${text}](${page}#${slug(heading)})`;
}

/** Returns the anchor that GitHub generates for a heading. */
export function slug(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
}
