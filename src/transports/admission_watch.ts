/**
 * Streams outlive the check of their caller by far: for as long as one is open, it is asked again
 * and again whether that caller may still come in.
 */

import type { Credential } from "../gateway/mod.ts";

/** Whether a caller who was let in may still come in. */
export type IsAdmitted = (credential: Credential) => Promise<boolean>;

interface Watched {
  credential: Credential;
  close(): void;
}

export class AdmissionWatch {
  readonly #isAdmitted: IsAdmitted | undefined;
  readonly #everyMs: number;
  readonly #watched = new Set<Watched>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param isAdmitted nobody is put out again unless told */
  constructor(isAdmitted: IsAdmitted | undefined, everyMs: number) {
    this.#isAdmitted = isAdmitted;
    this.#everyMs = everyMs;
  }

  /** Closes something as soon as its caller may not come in any more; returns what ends the watch. */
  watch(credential: Credential, close: () => void): () => void {
    const isAdmitted = this.#isAdmitted;
    if (isAdmitted === undefined) return () => {};
    const watched = { credential, close };
    this.#watched.add(watched);
    this.#timer ??= setInterval(() => this.#recheck(isAdmitted), this.#everyMs);
    return () => {
      if (this.#watched.delete(watched) && this.#watched.size === 0) this.#stop();
    };
  }

  #recheck(isAdmitted: IsAdmitted): void {
    const byTenant = Map.groupBy(this.#watched, ({ credential }) => credential.tenant);
    for (const all of byTenant.values()) {
      const [first] = all;
      if (first === undefined) continue;
      isAdmitted(first.credential).then((isIn) => {
        if (!isIn) { for (const { close } of all) close(); }
      });
    }
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
