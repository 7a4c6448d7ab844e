/** Quoting of user input in messages. */

const MAX_LENGTH = 80;

/** Returns the value in quotes and on one line, truncated, without credentials of a URL and API keys. */
export function quoteForMessage(value: string): string {
  const redacted = value.replace(/^(.*:\/\/)?.*@/s, "$1***@").replace(/\bsk-[\w-]+/g, "sk-***");
  return JSON.stringify(
    redacted.length > MAX_LENGTH ? `${redacted.slice(0, MAX_LENGTH)}...` : redacted,
  );
}
