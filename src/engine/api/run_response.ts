/** What an operation on a run answers: the run as it is, or its events from now on. */

import type { Message, Run, Thread } from "../../store/mod.ts";
import type { Answer, Call } from "./call.ts";
import type { RunEvent } from "../objects/events.ts";
import { followSession } from "../runs/follow.ts";
import type { StartOptions } from "../runs/supervisor.ts";
import { leavingOutContents } from "./search_result_contents.ts";
import { eventStream } from "./event_stream.ts";

/** While a run is under way, the SDK's poll helpers look again after so long. */
const POLL_AFTER_MS = "100";

export function runResponse(run: Run): Answer {
  const { status } = run;
  const headers = status === "queued" || status === "in_progress" || status === "cancelling"
    ? { "openai-poll-after-ms": POLL_AFTER_MS }
    : undefined;
  return { body: run, headers };
}

/** A run that is to be, with what enters its thread beside it. */
export interface NewRun {
  thread?: Thread;
  messages: Message[];
  run: Run;
}

/**
 * Sets to work on a run that is stored as queued.
 *
 * @param news what has become of it, for those who listen
 * @param past what it had finished before that
 * @param contents whether the stream shows what searches have found, word by word
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
): Answer {
  const { upstreamId } = caller;
  const start = () => core.runs.start({ store, upstreamId, run, client, pendingEvents });
  if (!stream) {
    start();
    return runResponse(run);
  }
  const events = eventStream(core, request.signal, (sink) => {
    if (thread !== undefined) sink.send({ event: "thread.created", data: thread });
    const shown = contents ? sink : leavingOutContents(sink);
    return followSession({ core, store, run, sink: shown, emittedEvents });
  });
  start();
  return { events };
}
