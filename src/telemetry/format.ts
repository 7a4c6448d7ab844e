/** Values as people read them. */

/** Strings on one line and without quotes; everything whole, as half a secret would not be noticed. */
export function formatValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value).slice(1, -1);
  return Deno.inspect(value, { strAbbreviateSize: Infinity, breakLength: Infinity, depth: 8 });
}

/** What kind of error it was, without what its message may quote from a request. */
export function redactedSummary({ message }: Error): string {
  return message.replace(/: [^]*$/, "");
}
