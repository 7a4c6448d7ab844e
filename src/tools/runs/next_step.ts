/** Advice on what to call next, by the status of a run. */

import { isModelUnknown } from "../../upstream/errors.ts";
import type { Run } from "./follow.ts";

const ADVICE: Record<Run["status"], (handle: string, run: Run) => string> = {
  queued: keepWaiting,
  in_progress: keepWaiting,
  cancelling: keepWaiting,
  requires_action: submitOutputs,
  completed: (_, { thread_id }) =>
    `Done. To continue the conversation, call ask_assistant {"thread_id":"${thread_id}"} with the ` +
    `next message, and the assistant_id if you passed one.`,
  incomplete: (_, { thread_id }) =>
    `The answer is incomplete; incomplete_details says why. Call create_run on thread ` +
    `${thread_id} with a higher limit, or use the partial answer.`,
  failed: (_, { thread_id, last_error }) =>
    `The run failed; last_error says why.${modelAdvice(last_error)} ${
      retryCondition(last_error)
    } ` +
    `create_run on thread ${thread_id}; its messages are still there.`,
  cancelled: (_, { thread_id }) =>
    `The run was cancelled. Call create_run on thread ${thread_id} to answer its messages again.`,
  expired: (_, { thread_id }) =>
    `The run did not finish in time. Call create_run on thread ${thread_id} to start it again.`,
};

/** Returns the advice for a run in its current state. */
export function nextStep(run: Run): string {
  const handle = `"thread_id":"${run.thread_id}","run_id":"${run.id}"`;
  return ADVICE[run.status](handle, run);
}

function keepWaiting(handle: string): string {
  return `The run is still active. Call wait_for_run {${handle}} to wait for its end.`;
}

function submitOutputs(handle: string, { required_action }: Run): string {
  const calls = required_action?.submit_tool_outputs?.tool_calls ?? [];
  const names = calls.map((call) => `${call.function.name} (${call.id})`).join(", ");
  const outputs = calls.map(({ id }) => `{"tool_call_id":"${id}","output":"..."}`).join();
  const submit = calls.length > 0
    ? `The run is waiting for the outputs of ${names}. Execute the calls in required_action, then ` +
      `call submit_tool_outputs {${handle},"tool_outputs":[${outputs}]} with all outputs, and ` +
      `wait_for_run for the answer.`
    : "The run is waiting for the action that required_action describes.";
  return `${submit} To give up, call cancel_run {${handle}}.`;
}

function retryCondition(error: Run["last_error"]): string {
  switch (error?.code) {
    case "rate_limit_exceeded":
      return "Wait a moment, then call";
    case "server_error":
      return "If the cause is temporary, call";
    default:
      return "Do not retry it unchanged; once the cause is fixed, call";
  }
}

function modelAdvice(error: Run["last_error"]): string {
  return error && isModelUnknown(error) ? " list_models shows the models that exist." : "";
}
