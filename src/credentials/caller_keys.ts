/**
 * The keys that callers bring along: each makes a tenant of its own, and the model server is asked
 * about it before it touches anything, and again every five minutes.
 */

import { BoundedMap } from "../shared/bounded_map.ts";
import type { Clock } from "../shared/clock.ts";
import { ApiError } from "../shared/errors.ts";
import { registerCallerKey } from "../telemetry/mod.ts";
import type { KeyCheck } from "../upstream/policies/key_check.ts";
import type { Credential } from "./credential.ts";
import { tenantOf } from "./tenants.ts";

export interface CallerKeysOptions {
  /** Where the keys are for: the same key is another tenant at another server. */
  upstream: string;
  check: KeyCheck;
  clock: Clock;
}

/** A key that was let in, and when to ask about it again. */
interface Known {
  credential: Credential;
  goodUntil: number;
}

interface Refused {
  error: ApiError;
  until: number;
}

/** Keys beyond this number, longest unseen first, are asked about anew when they come again. */
const KNOWN_KEYS = 10_000;

const RECHECK_MS = 5 * 60_000;

/** How long a refusal holds without asking again. */
const REFUSED_MS = 60_000;

/** When to ask again about a key that is known, and of which the model server could not say. */
const SILENT_MS = 30_000;

const LONGEST_KEY = 1024;

export class CallerKeys {
  readonly #options: CallerKeysOptions;
  // By their hash. Refusals stand apart, so that guessed keys push out none that are good.
  readonly #known = new BoundedMap<string, Known>(KNOWN_KEYS);
  readonly #refused = new BoundedMap<string, Refused>(KNOWN_KEYS);
  readonly #checks = new Map<string, Promise<Credential>>();

  constructor(options: CallerKeysOptions) {
    this.#options = options;
  }

  /** The credential that a key makes, whether it is good or not. */
  credentialOf(key: string): Credential {
    return { tenant: this.#hash(key), apiKey: key };
  }

  /**
   * The credential of a key, the same object for as long as the key is known.
   *
   * @throws {ApiError} 401 for what is no key or is refused, else where nobody can say
   */
  admit(key: string): Credential | Promise<Credential> {
    if (!/^[\x21-\x7e]+$/.test(key) || key.length > LONGEST_KEY) throw noKey();
    const hash = this.#hash(key);
    const now = this.#options.clock.now();
    const known = this.#known.get(hash);
    if (known !== undefined && known.goodUntil > now) return known.credential;
    const refused = this.#refused.get(hash);
    if (refused !== undefined && refused.until > now) throw refused.error;
    let check = this.#checks.get(hash);
    if (check === undefined) {
      check = this.#check(key, hash, known?.credential)
        .finally(() => this.#checks.delete(hash));
      this.#checks.set(hash, check);
    }
    return check;
  }

  async #check(key: string, hash: string, known: Credential | undefined): Promise<Credential> {
    const error = await this.#options.check(key);
    const now = this.#options.clock.now();
    // Of a key that is known, only a refusal closes the door.
    if (error === undefined || error.status !== 401 && known) {
      const credential = known ?? this.credentialOf(key);
      const holdsMs = error === undefined ? RECHECK_MS : SILENT_MS;
      this.#known.set(hash, { credential, goodUntil: now + holdsMs });
      registerCallerKey(key);
      return credential;
    }
    if (error.status === 401) {
      this.#known.delete(hash);
      this.#refused.set(hash, { error, until: now + REFUSED_MS });
    }
    throw error;
  }

  #hash(key: string): string {
    return tenantOf(this.#options.upstream, key);
  }
}

function noKey(): ApiError {
  return new ApiError(
    "What was sent as the API key is none: it must be visible ASCII characters.",
    {
      status: 401,
      code: "invalid_api_key",
    },
  );
}
