/** Callers' keys as tenants; apart from the door, so that a command need not load what is behind that. */

import { createHash } from "node:crypto";

/** Where the offline model is as far as the SDK can tell. */
const OFFLINE_BASE_URL = "http://offline.invalid/v1";

export interface Upstream {
  offline: boolean;
  /** Without a slash at its end. */
  baseURL: string;
  /** The query that goes with every request. */
  search: string;
}

/** @param baseUrl as the setting OPENAI_BASE_URL has it */
export function upstreamAt(baseUrl: string): Upstream {
  const offline = baseUrl.startsWith("offline:");
  const { origin, pathname, search } = new URL(offline ? OFFLINE_BASE_URL : baseUrl);
  return { offline, baseURL: origin + pathname.replace(/\/$/, ""), search };
}

/**
 * The tenant that a key makes: the same at the same upstream in every process, and no way back to
 * the key. Half of the hash's bits are more than enough to tell tenants apart.
 *
 * @param upstream its address with the query
 */
export function tenantOf(upstream: string, key: string): string {
  return createHash("sha256").update(`${upstream}\n${key}`).digest("hex").slice(0, 32);
}
