/** Waiting for the files of a vector store, which cannot be found before they are indexed. */

import type OpenAI from "openai";
import { type Clock, sleep } from "../../shared/clock.ts";

/** As long as the Assistants API waited: what is not indexed by then is not found. */
const WAIT_MS = 60_000;

/** Where the upstream does not say when to look again. */
const POLL_MS = 500;

/**
 * Resolves when all files are indexed, or have failed, or have taken too long.
 *
 * @throws {Error} what the upstream refuses, such as a store that is gone
 */
export async function indexed(
  { client, clock, signal }: { client: OpenAI; clock: Clock; signal: AbortSignal },
  id: string,
): Promise<void> {
  const until = clock.now() + WAIT_MS;
  while (true) {
    const { data, response } = await client.vectorStores.retrieve(id, { signal }).withResponse();
    const pollMs = Number(response.headers.get("openai-poll-after-ms")) || POLL_MS;
    if (!data.file_counts?.in_progress || clock.now() + pollMs > until) return;
    await sleep(pollMs, signal, clock);
  }
}
