/** A value of the user's as messages show it. */

const LONGEST = 80;

/** In quotes, on one line, without what looks like a password or a key. */
export function shown(value: string): string {
  const harmless = value.replace(/^(.*:\/\/)?.*@/s, "$1***@").replace(/\bsk-[\w-]+/g, "sk-***");
  return JSON.stringify(
    harmless.length > LONGEST ? `${harmless.slice(0, LONGEST)}...` : harmless,
  );
}
