/** Readiness: checks whether database, key and model server are usable. */

import { type Clock, systemClock } from "../../shared/clock.ts";
import { ApiError } from "../../shared/errors.ts";

/** How to check each part. */
export interface ReadinessOptions {
  /** Reads from the store, and rejects if that fails. */
  readStore(): Promise<unknown>;
  /** Whose key the server uses; `missing` if the model server needs one and none is set. */
  key: "own" | "missing" | "callers";
  /** Requests the model server's list of models, with the server's own key if it has one. */
  checkUpstream(): Promise<ApiError | undefined>;
  /** @default The system clock. */
  clock?: Clock;
}

/** The result of a check, without details, because it is public. */
export interface ReadinessReport {
  status: "ready" | "not_ready";
  store: "ok" | "unreachable";
  key: "ok" | "missing" | "refused" | "of_callers";
  upstream: "ok" | "unreachable" | "not_asked";
}

/** Checks the parts that the server depends on. */
export interface Readiness {
  check(): Promise<ReadinessReport>;
  /** @throws {ApiError} 503 if the store cannot be read */
  assertStoreReachable(): Promise<void>;
}

/** How long a result of the model server is reused. */
const UPSTREAM_CACHE_MS = 60_000;

/** Creates the checks. */
export function createReadiness(options: ReadinessOptions): Readiness {
  const { readStore, checkUpstream, key: keyOwner, clock = systemClock } = options;
  let cached: { atMs: number; error: Promise<ApiError | undefined> } | undefined;

  function upstreamError(): Promise<ApiError | undefined> {
    if (cached === undefined || clock.now() - cached.atMs >= UPSTREAM_CACHE_MS) {
      cached = { atMs: clock.now(), error: checkUpstream() };
    }
    return cached.error;
  }

  return {
    async check() {
      const store = await readStore().then(() => "ok" as const, () => "unreachable" as const);
      const { key, upstream } = await keyAndUpstream();
      const isReady = store === "ok" && upstream === "ok" && key !== "refused";
      return { status: isReady ? "ready" : "not_ready", store, key, upstream };
    },
    async assertStoreReachable() {
      try {
        await readStore();
      } catch (cause) {
        throw new ApiError("The server cannot reach its database. Its log says why.", {
          status: 503,
          type: "server_error",
          code: "store_unreachable",
          retryAfterS: 5,
          cause,
        });
      }
    },
  };

  async function keyAndUpstream(): Promise<Pick<ReadinessReport, "key" | "upstream">> {
    if (keyOwner === "missing") return { key: "missing", upstream: "not_asked" };
    const key = keyOwner === "callers" ? "of_callers" : "ok";
    const error = await upstreamError();
    if (error === undefined) return { key, upstream: "ok" };
    if (error.status !== 401) return { key, upstream: "unreachable" };
    // A server that rejects a key is reachable.
    return { key: keyOwner === "own" ? "refused" : key, upstream: "ok" };
  }
}
