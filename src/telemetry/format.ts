/** Formatting of values for people. */

/**
 * Returns a value as text on one line, a string without quotes. Nothing is truncated, because the
 * redaction of secrets would not recognize a part of one.
 */
export function formatValue(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value).slice(1, -1);
  return Deno.inspect(value, { strAbbreviateSize: Infinity, breakLength: Infinity, depth: 8 });
}

/** Returns the message of an error up to the first colon, without the input that it may quote. */
export function redactedSummary({ message }: Error): string {
  return message.replace(/: [^]*$/, "");
}
