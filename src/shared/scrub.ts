/** Keys in texts that somebody will read. */

/**
 * The text without anything that looks like a key.
 *
 * @param key the key of this very request, whatever it looks like
 */
export function scrub(text: string, key?: string): string {
  // A very short key is no secret, and would be found in the middle of words.
  const known = key !== undefined && key.length >= 8 ? text.replaceAll(key, "[key]") : text;
  return known
    .replace(/(?<![A-Za-z])sk-[\w*-]+/g, "[key]")
    .replace(/\bBearer\s+[\w.~+/*=-]+/gi, "Bearer [key]");
}
