/** IDs of objects and requests: a prefix and 24 random characters. */

export type IdPrefix = "asst" | "thread" | "msg" | "run" | "step" | "job" | "req";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 24;

/** Returns a new ID, such as `run_` and 24 random characters. */
export function newId(prefix: IdPrefix): string {
  return withRandom(`${prefix}_`);
}

/** Returns a new file ID; OpenAI separates its prefix with a hyphen. */
export function newFileId(): string {
  return withRandom("file-");
}

function withRandom(prefix: string): string {
  let id = prefix;
  const fullLength = id.length + LENGTH;
  while (id.length < fullLength) {
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) {
      // Two of 64 values name no character and are skipped; a remainder would favour the first ones.
      id += ALPHABET[byte & 63] ?? "";
      if (id.length === fullLength) break;
    }
  }
  return id;
}
