/** The results of operations on runs: the run itself, or a stream of its events. */

import type { Message, Run, Thread } from "../../store/mod.ts";
import type { Call, OperationResult } from "./call.ts";
import type { RunEvent } from "../objects/events.ts";
import { followSession } from "../runs/follow.ts";
import type { StartOptions } from "../runs/supervisor.ts";
import { sinkWithoutContents } from "./search_result_contents.ts";
import { eventStream } from "./event_stream.ts";

/** How long the SDK's poll helpers wait between two requests for an active run. */
const POLL_AFTER_MS = "100";

/** Returns a run, with a poll interval if it is active. */
export function runResponse(run: Run): OperationResult {
  const { status } = run;
  const headers = status === "queued" || status === "in_progress" || status === "cancelling"
    ? { "openai-poll-after-ms": POLL_AFTER_MS }
    : undefined;
  return { body: run, headers };
}

/** A new run, with the messages and the thread that are stored together with it. */
export interface StoredEntry {
  thread?: Thread;
  messages: Message[];
  run: Run;
}

/**
 * Starts a run that is stored as queued, and returns the run or a stream of its events.
 *
 * @param pendingEvents events of stored changes that are not emitted yet
 * @param emittedEvents events that the client already knows
 * @param contents whether the stream contains the text of file search results
 */
export function startAndRespond(
  { core, caller, store, request }: Call,
  run: Run,
  client: StartOptions["client"],
  { stream, contents = false, pendingEvents, thread, emittedEvents = [] }: {
    stream: boolean;
    contents?: boolean;
    pendingEvents: RunEvent[];
    thread?: Thread;
    emittedEvents?: RunEvent[];
  },
): OperationResult {
  const { upstreamId } = caller;
  const start = () => core.runs.start({ store, upstreamId, run, client, pendingEvents });
  if (!stream) {
    start();
    return runResponse(run);
  }
  const events = eventStream(core, request.signal, (sink) => {
    if (thread !== undefined) sink.send({ event: "thread.created", data: thread });
    const shown = contents ? sink : sinkWithoutContents(sink);
    return followSession({ core, store, run, sink: shown, emittedEvents });
  });
  start();
  return { events };
}
