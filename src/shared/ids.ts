/** The ids of objects and requests: a prefix and 24 random characters. */

export type IdPrefix = "asst" | "thread" | "msg" | "run" | "step" | "job" | "req";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 24;

export function newId(prefix: IdPrefix): string {
  return withRandom(`${prefix}_`);
}

/** The ids of files have a hyphen, and nobody knows why. */
export function newFileId(): string {
  return withRandom("file-");
}

function withRandom(prefix: string): string {
  let id = prefix;
  const full = id.length + LENGTH;
  while (id.length < full) {
    for (const byte of crypto.getRandomValues(new Uint8Array(32))) {
      // Six bits that name no character are thrown away: a remainder would favour the first ones.
      id += ALPHABET[byte & 63] ?? "";
      if (id.length === full) break;
    }
  }
  return id;
}
