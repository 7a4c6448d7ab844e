/**
 * Repeated admission checks. A stream can outlive its caller's permission, for example when an API
 * key is revoked, so the callers of open streams are checked again at an interval.
 */

import type { Credential } from "../gateway/mod.ts";

/** Tells whether a caller who was admitted still is. */
export type IsAdmitted = (credential: Credential) => Promise<boolean>;

interface WatchedStream {
  credential: Credential;
  close(): void;
}

/** Closes streams whose callers are no longer admitted. */
export class AdmissionWatch {
  readonly #isAdmitted: IsAdmitted | undefined;
  readonly #intervalMs: number;
  readonly #watched = new Set<WatchedStream>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param isAdmitted if undefined, every caller remains admitted */
  constructor(isAdmitted: IsAdmitted | undefined, intervalMs: number) {
    this.#isAdmitted = isAdmitted;
    this.#intervalMs = intervalMs;
  }

  /** Calls `close` when a check finds that the caller is no longer admitted. Returns a function that ends the watch. */
  watch(credential: Credential, close: () => void): () => void {
    const isAdmitted = this.#isAdmitted;
    if (isAdmitted === undefined) return () => {};
    const watched = { credential, close };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#recheck(isAdmitted), this.#intervalMs);
    return () => {
      if (this.#watched.delete(watched) && this.#watched.size === 0) this.#stop();
    };
  }

  #recheck(isAdmitted: IsAdmitted): void {
    const byTenant = Map.groupBy(this.#watched, ({ credential }) => credential.tenant);
    for (const streams of byTenant.values()) {
      const [first] = streams;
      if (first === undefined) continue;
      isAdmitted(first.credential).then((admitted) => {
        if (!admitted) { for (const { close } of streams) close(); }
      });
    }
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
