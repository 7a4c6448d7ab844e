/** Advice to the model about an error: what to do next. */

import type { ApiError, ErrorHint } from "../shared/errors.ts";

const BY_HINT: Record<ErrorHint, string> = {
  unknown_model: "list_models shows the models that exist.",
  thread_has_active_run: "Wait for that run with wait_for_run, or stop it with cancel_run.",
  tool_outputs_mismatch: "Send one output for each of these calls, all in one submit_tool_outputs.",
  run_status_mismatch: "get_run shows the current status of the run.",
  content_not_downloadable:
    "search_vector_store finds its content if the file is in a vector store.",
  unknown_job: "A job is kept for an hour after its end; after that, make its call again.",
};

const BY_CODE: ReadonlyMap<string | null, string> = new Map([
  ["assistants_api_off", "The person who runs the server has to change this."],
  [
    "threads_not_listed",
    "Keep the thread_id of each thread; get_thread and list_messages take it.",
  ],
  [
    "insufficient_quota",
    "The account has no credit left; the person who runs the server has to add some.",
  ],
  ["moderation_blocked", "Change the prompt or the images; unchanged, they will be refused again."],
  [
    "content_policy_violation",
    "Change the prompt or the images; unchanged, they will be refused again.",
  ],
  [
    "confirmation_required",
    "A client with elicitation can ask; or the person who runs the server can change the setting.",
  ],
  ["declined", "Call it again only if they ask for it."],
  ["invalid_confirmation", "Make the call without a requestState to ask the person again."],
  ["path_not_allowed", "Name another file, or send the content itself."],
  ["file_not_found", "Check the path."],
]);

const BY_STATUS: ReadonlyMap<number, string> = new Map([
  [401, "The key is missing or not accepted; the person who runs the server has to set it."],
  [403, "The key may not do this; use another key, project or model."],
  [404, "Check the id; the list tools show what exists."],
]);

/** Returns the advice for an error; empty if its message needs none. */
export function adviceFor({ hint, code, status, param }: ApiError): string {
  const advice = hint === undefined ? BY_CODE.get(code) : BY_HINT[hint];
  if (advice !== undefined) return advice;
  if (status === 400 && param !== null) return `Correct '${param}' and call again.`;
  return BY_STATUS.get(status) ?? "";
}
