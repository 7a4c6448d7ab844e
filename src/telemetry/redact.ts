/**
 * What the process writes about itself says no secret: neither those that it knows nor what looks
 * like one.
 */

import { BoundedMap } from "../shared/bounded_map.ts";
import { scrub } from "../shared/scrub.ts";

/** A shorter one is no secret, and would be found in the middle of words. */
const SHORTEST = 8;

/** Keys of callers beyond this number, longest unseen first, are known by their looks only. */
const CALLERS = 1000;

export class Redactor {
  // By their secrets, how each may be written.
  readonly #own = new Map<string, string[]>();
  readonly #callers = new BoundedMap<string, string[]>(CALLERS);
  /** The secrets as they may be written, longest first; undefined until they are needed again. */
  #known: string[] | undefined;

  /** Knows a secret of the process from now on. */
  keep(secret: string | undefined): void {
    if (secret === undefined || secret.length < SHORTEST || this.#own.has(secret)) return;
    this.#own.set(secret, writtenAs(secret));
    this.#known = undefined;
  }

  /** Knows a caller's key, until that many others have come since. */
  keepOfCaller(secret: string): void {
    if (secret.length < SHORTEST) return;
    // Reading it makes it the latest.
    if (this.#callers.get(secret) !== undefined) return;
    this.#callers.set(secret, writtenAs(secret));
    this.#known = undefined;
  }

  /** The text with `[key]` for each secret. */
  redact(text: string): string {
    // One after the other: an expression for a thousand keys takes seconds to compile, whenever
    // there is another key. The longest first: one that begins with another has to go as a whole.
    this.#known ??= [...this.#own.values(), ...this.#callers.values()].flat()
      .sort((a, b) => b.length - a.length);
    return scrub(this.#known.reduce(without, text));
  }
}

const redactor = new Redactor();

/** Keeps a secret of this process out of all that it writes. */
export function registerSecret(secret: string | undefined): void {
  redactor.keep(secret);
}

/** Keeps a key that a caller has formatValue out of all that this process writes. */
export function registerCallerKey(key: string): void {
  redactor.keepOfCaller(key);
}

/** The text without the secrets of this process and its callers. */
export function redact(text: string): string {
  return redactor.redact(text);
}

function without(text: string, secret: string): string {
  return text.includes(secret) ? text.replaceAll(secret, "[key]") : text;
}

function writtenAs(secret: string): string[] {
  // Inspected values have quotes that need no escape.
  const plain = [secret, secret.replaceAll("\\", "\\\\")];
  const quoted = plain.map(inJson);
  // A value in a message that stands in JSON itself.
  const nested = quoted.map(inJson);
  return [...new Set([...plain, ...quoted, ...nested, encodeURIComponent(secret)])];
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
