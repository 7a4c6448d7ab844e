/** What to call after a run has come this far, in words. */

import type { Run } from "./follow.ts";

const NEXT: Record<Run["status"], (handle: string, run: Run) => string> = {
  queued: keepWaiting,
  in_progress: keepWaiting,
  cancelling: keepWaiting,
  requires_action: (handle) =>
    `The run waits for the outputs of the calls in required_action, which this server cannot ` +
    `submit: free the thread with cancel_run {${handle}}.`,
  completed: (_, { thread_id }) =>
    `Done. To go on with the conversation, call ask_assistant {"thread_id":"${thread_id}"} with ` +
    `the next message, and the assistant_id if you named one.`,
  incomplete: (_, { thread_id }) =>
    `The answer was cut short; incomplete_details says why. Call create_run on thread ` +
    `${thread_id} with more room, or go on with what there is.`,
  failed: (_, { thread_id }) =>
    `The run failed; last_error says why. When that is mended, call create_run on thread ` +
    `${thread_id}: the messages are still there.`,
  cancelled: (_, { thread_id }) =>
    `The run was cancelled. Call create_run on thread ${thread_id} to answer its messages again.`,
  expired: (_, { thread_id }) =>
    `The run was not finished in time. Call create_run on thread ${thread_id} to start it again.`,
};

/** How to go on after this state of a run. */
export function nextStep(run: Run): string {
  const handle = `"thread_id":"${run.thread_id}","run_id":"${run.id}"`;
  return NEXT[run.status](handle, run);
}

function keepWaiting(handle: string): string {
  return `The run goes on. Call wait_for_run {${handle}} for the rest.`;
}
