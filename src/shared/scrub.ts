/** Removal of API keys from texts. */

/**
 * Replaces everything that looks like an API key with `[key]`.
 *
 * @param key also replaced, in any form: the key of the current request
 */
export function scrub(text: string, key?: string): string {
  // A very short key is not secret, and could be part of a word.
  const known = key !== undefined && key.length >= 8 ? text.replaceAll(key, "[key]") : text;
  return known
    .replace(/(?<![A-Za-z])sk-[\w*-]+/g, "[key]")
    .replace(/\bBearer\s+[\w.~+/*=-]+/gi, "Bearer [key]");
}
