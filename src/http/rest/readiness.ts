/** Whether the server can do its work: what an orchestrator asks before it sends callers. */

import { type Clock, systemClock } from "../../shared/clock.ts";
import { ApiError } from "../../shared/errors.ts";

export interface ReadinessOptions {
  /** Looks something up in the store; rejects where that cannot be done. */
  askStore(): Promise<unknown>;
  /** Whose key is spent; `missing` where the model server needs one and there is none. */
  key: "own" | "missing" | "callers";
  /** Asks the model server for its models, with the server's own key if there is one. */
  askUpstream(): Promise<ApiError | undefined>;
  /** The machine's own unless told. */
  clock?: Clock;
}

/** What there is, and what is not; no more than anybody may know. */
export interface Ready {
  status: "ready" | "not_ready";
  store: "ok" | "unreachable";
  key: "ok" | "missing" | "refused" | "of_callers";
  upstream: "ok" | "unreachable" | "not_asked";
}

export interface Readiness {
  look(): Promise<Ready>;
  /** @throws {ApiError} 503 where the store cannot be read */
  needStore(): Promise<void>;
}

/** How long an answer of the model server holds. */
const UPSTREAM_MS = 60_000;

export function createReadiness(options: ReadinessOptions): Readiness {
  const { askStore, askUpstream, key: whose, clock = systemClock } = options;
  let asked: { at: number; answer: Promise<ApiError | undefined> } | undefined;

  function upstreamError(): Promise<ApiError | undefined> {
    if (asked === undefined || clock.now() - asked.at >= UPSTREAM_MS) {
      asked = { at: clock.now(), answer: askUpstream() };
    }
    return asked.answer;
  }

  return {
    async look() {
      const store = await askStore().then(() => "ok" as const, () => "unreachable" as const);
      const { key, upstream } = await keyAndUpstream();
      const isReady = store === "ok" && upstream === "ok" && key !== "refused";
      return { status: isReady ? "ready" : "not_ready", store, key, upstream };
    },
    async needStore() {
      try {
        await askStore();
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

  async function keyAndUpstream(): Promise<Pick<Ready, "key" | "upstream">> {
    if (whose === "missing") return { key: "missing", upstream: "not_asked" };
    const key = whose === "callers" ? "of_callers" : "ok";
    const error = await upstreamError();
    if (error === undefined) return { key, upstream: "ok" };
    if (error.status !== 401) return { key, upstream: "unreachable" };
    // Who refuses a key is there.
    return { key: whose === "own" ? "refused" : key, upstream: "ok" };
  }
}
