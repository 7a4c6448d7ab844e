/** Redaction of secrets: the registered ones, and everything that looks like an API key. */

import { BoundedMap } from "../shared/bounded_map.ts";
import { scrub } from "../shared/scrub.ts";

/** Minimum length of a secret; a shorter one would match parts of words. */
const MIN_LENGTH = 8;

/** Maximum number of registered caller keys; the least recently used ones are dropped. */
const MAX_CALLER_KEYS = 1000;

/** Replaces registered secrets in texts. */
export class Redactor {
  // Each secret with its encodings.
  readonly #own = new Map<string, string[]>();
  readonly #callerKeys = new BoundedMap<string, string[]>(MAX_CALLER_KEYS);
  /** All encodings, longest first; undefined after a change. */
  #encodings: string[] | undefined;

  /** Registers a secret of the process. */
  register(secret: string | undefined): void {
    if (secret === undefined || secret.length < MIN_LENGTH || this.#own.has(secret)) return;
    this.#own.set(secret, encodingsOf(secret));
    this.#encodings = undefined;
  }

  /** Registers a caller's key, until {@linkcode MAX_CALLER_KEYS} others were registered since. */
  registerCallerKey(secret: string): void {
    if (secret.length < MIN_LENGTH) return;
    // Reading a key makes it the most recently used one.
    if (this.#callerKeys.get(secret) !== undefined) return;
    this.#callerKeys.set(secret, encodingsOf(secret));
    this.#encodings = undefined;
  }

  /** Returns the text with `[key]` for each secret. */
  redact(text: string): string {
    // One by one, because a regular expression for 1,000 keys takes seconds to compile after each
    // new key. Longest first, so that a secret with another one as its prefix is replaced completely.
    this.#encodings ??= [...this.#own.values(), ...this.#callerKeys.values()].flat()
      .sort((a, b) => b.length - a.length);
    return scrub(this.#encodings.reduce(replaceSecret, text));
  }
}

const redactor = new Redactor();

/** Registers a secret of this process, which {@linkcode redact} then replaces. */
export function registerSecret(secret: string | undefined): void {
  redactor.register(secret);
}

/** Registers a caller's key, which {@linkcode redact} then replaces. */
export function registerCallerKey(key: string): void {
  redactor.registerCallerKey(key);
}

/** Returns the text without the secrets of this process and its callers. */
export function redact(text: string): string {
  return redactor.redact(text);
}

function replaceSecret(text: string, secret: string): string {
  return text.includes(secret) ? text.replaceAll(secret, "[key]") : text;
}

/** Returns a secret as it may appear in texts, JSON and URLs. */
function encodingsOf(secret: string): string[] {
  // Deno.inspect() escapes backslashes only.
  const plain = [secret, secret.replaceAll("\\", "\\\\")];
  const quoted = plain.map(inJson);
  // JSON within a JSON string.
  const nested = quoted.map(inJson);
  return [...new Set([...plain, ...quoted, ...nested, encodeURIComponent(secret)])];
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
