/** Waiting until files are indexed: what is not cannot be found. */

import type OpenAI from "openai";
import { sleep } from "../../shared/clock.ts";
import { Deadline } from "../runs/deadline.ts";
import type { ToolContext } from "../define_tool.ts";

/** A vector store, or the files that were added to one at once. */
interface Indexed {
  status: string;
  file_counts: OpenAI.VectorStore.FileCounts;
}

/** One more look; the answer says when to look again. */
export type Look<T> = (
  signal: AbortSignal,
) => { withResponse(): Promise<{ data: T; response: Response }> };

/** Where the upstream does not say when to look again. */
const POLL_MS = 500;

/** What there is after at most so many seconds; it is done where no file is in progress any more. */
export async function indexed<T extends Indexed>(
  look: Look<T>,
  first: T,
  { signal, progress }: ToolContext,
  seconds: number,
): Promise<T> {
  using deadline = new Deadline(signal, seconds);
  let current = first;
  let pollMs = POLL_MS;
  let told = 0;
  while (current.file_counts.in_progress > 0 && !deadline.passed) {
    try {
      await sleep(pollMs, deadline.signal);
      const { data, response } = await look(deadline.signal).withResponse();
      pollMs = Number(response.headers.get("openai-poll-after-ms")) || POLL_MS;
      current = data;
    } catch (error) {
      if (deadline.signal.aborted) break;
      throw error;
    }
    const { in_progress, total } = current.file_counts;
    const done = total - in_progress;
    if (done !== told) progress({ status: `${done} of ${total} files indexed` });
    told = done;
  }
  signal.throwIfAborted();
  return current;
}
