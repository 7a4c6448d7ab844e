/** Measured figures, with their targets and baselines. */

/** A measured figure. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** Target of the figure: `<=` for costs, `>=` for rates. */
  target?: { bound: "<=" | ">="; value: number };
  /** Baseline from the same run. */
  baseline?: string;
}

/** Returns the median. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Returns the quantile at a fraction between 0 and 1. */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? NaN;
}

/** Formats the figures as a table, with `MISSED` for a missed target. */
export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, target, baseline = "" }) => [
    name,
    `${format(value)} ${unit}`,
    target === undefined ? "" : `${target.bound} ${target.value}`,
    target === undefined ? "" : meets(value, target) ? "ok" : "MISSED",
    baseline,
  ]);
  const all = [["figure", "measured", "target", "", "baseline"], ...rows];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0))
  );
  return all.map((row) =>
    row.map((cell, column) =>
      column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0)
    )
      .join("  ").trimEnd()
  ).join("\n");
}

function meets(value: number, { bound, value: limit }: NonNullable<Figure["target"]>): boolean {
  return bound === "<=" ? value <= limit : value >= limit;
}

function format(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
