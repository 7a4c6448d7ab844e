/** Waits until files in a vector store are indexed; before that, file_search cannot find them. */

import type OpenAI from "openai";
import { sleep } from "../../shared/clock.ts";
import { Deadline } from "../deadline.ts";
import type { ToolContext } from "../define_tool.ts";

/** A vector store, or a batch of files that were added to one. */
interface WithFileCounts {
  file_counts: OpenAI.VectorStore.FileCounts;
}

/** Retrieves the current state; the response may say when to poll again. */
export type Poll<T> = (
  signal: AbortSignal,
) => { withResponse(): Promise<{ data: T; response: Response }> };

/** The default poll interval, for upstreams that name none. */
const POLL_MS = 500;

/**
 * Returns the state once no file is in progress, or after `waitS` seconds.
 *
 * @param current the state before the wait
 */
export async function waitUntilIndexed<T extends WithFileCounts>(
  poll: Poll<T>,
  current: T,
  { signal, progress }: ToolContext,
  waitS: number,
): Promise<T> {
  using deadline = new Deadline(signal, waitS);
  let state = current;
  let pollMs = POLL_MS;
  let reported = 0;
  while (state.file_counts.in_progress > 0 && !deadline.passed) {
    try {
      await sleep(pollMs, deadline.signal);
      const { data, response } = await poll(deadline.signal).withResponse();
      pollMs = Number(response.headers.get("openai-poll-after-ms")) || POLL_MS;
      state = data;
    } catch (error) {
      if (deadline.signal.aborted) break;
      throw error;
    }
    const { in_progress, total } = state.file_counts;
    const done = total - in_progress;
    if (done !== reported) progress({ status: `${done} of ${total} files indexed` });
    reported = done;
  }
  signal.throwIfAborted();
  return state;
}
