/** Markdown as the formatter writes it. */

/** A table whose columns are as wide as their widest cell, with no newline at its end. */
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

export function code(text: string): string {
  return `\`${text}\``;
}

/** A link to a heading; `page` is empty where it is on the same page. */
export function headingLink(text: string, heading: string, page = ""): string {
  return `[${text}](${page}#${slug(heading)})`;
}

/** What GitHub makes of a heading. */
export function slug(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").replace(/\s/g, "-");
}
