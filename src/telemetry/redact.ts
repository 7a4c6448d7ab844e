/**
 * What the process writes about itself says no secret: neither those that it knows nor what looks
 * like one.
 */

import { scrub } from "../scrub.ts";

/** A shorter one is no secret, and would be found in the middle of words. */
const SHORTEST = 8;

/** Keys of callers beyond this number, longest unseen first, are known by their looks only. */
const CALLERS = 1000;

export class Redactor {
  readonly #own = new Set<string>();
  readonly #callers = new Set<string>();
  /** What matches the secrets; undefined until it is needed again. */
  #known: RegExp | undefined;

  /** Knows a secret of the process from now on. */
  keep(secret: string | undefined): void {
    if (secret === undefined || secret.length < SHORTEST || this.#own.has(secret)) return;
    this.#own.add(secret);
    this.#known = undefined;
  }

  /** Knows a caller's key, until that many others have come since. */
  keepOfCaller(secret: string): void {
    // Set anew, it is the last of the set, and the first is the one unseen for longest.
    const isNew = !this.#callers.delete(secret);
    if (secret.length < SHORTEST) return;
    this.#callers.add(secret);
    if (!isNew) return;
    if (this.#callers.size > CALLERS) {
      const [oldest = ""] = this.#callers;
      this.#callers.delete(oldest);
    }
    this.#known = undefined;
  }

  /** The text with `[key]` for each secret. */
  redact(text: string): string {
    this.#known ??= matchAny([...this.#own, ...this.#callers]);
    return scrub(text.replace(this.#known, "[key]"));
  }
}

const redactor = new Redactor();

/** Keeps a secret of this process out of all that it writes. */
export function keepSecret(secret: string | undefined): void {
  redactor.keep(secret);
}

/** Keeps a key that a caller has shown out of all that this process writes. */
export function keepCallersKey(key: string): void {
  redactor.keepOfCaller(key);
}

/** The text without the secrets of this process and its callers. */
export function redact(text: string): string {
  return redactor.redact(text);
}

function matchAny(secrets: readonly string[]): RegExp {
  // Inspected values have quotes that need no escape.
  const plain = secrets.flatMap((secret) => [secret, secret.replaceAll("\\", "\\\\")]);
  const written = new Set([
    ...plain,
    ...plain.map(inJson),
    // A value in a message that stands in JSON itself.
    ...plain.map(inJson).map(inJson),
    ...secrets.map(encodeURIComponent),
  ]);
  // The longest first: one that begins with another has to go as a whole.
  const longestFirst = [...written].toSorted((a, b) => b.length - a.length);
  // With no secret it matches nothing.
  return new RegExp(longestFirst.map((text) => RegExp.escape(text)).join("|") || "(?!)", "g");
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
