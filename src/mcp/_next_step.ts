/** What to do about a refusal, in words. */

import type { ApiError } from "../shared/errors.ts";
import { isModelUnknown } from "../upstream/errors.ts";

/** The step that a refusal's code or words call for; empty where the refusal says it all. */
export function nextStep(error: ApiError): string {
  const { status, code } = error;
  if (isModelUnknown(error)) return "list_models shows the models that exist.";
  if (code === "assistants_api_off") return "The person who runs the server has to change this.";
  if (code === "threads_not_listed") {
    return "Keep the thread_id of each thread; get_thread and list_messages take it.";
  }
  if (code === "insufficient_quota") {
    return "The account has no credit left; the person who runs the server has to see to it.";
  }
  if (code === "moderation_blocked" || code === "content_policy_violation") {
    return "Change the prompt or the images: unchanged they are refused again.";
  }
  if (code === "confirmation_required") {
    return "A client with elicitation can ask; or the person who runs the server changes the setting.";
  }
  if (code === "declined") return "Call it again only if they ask for it.";
  if (code === "invalid_confirmation") {
    return "Make the call without a requestState, and they are asked anew.";
  }
  if (code === "path_not_allowed") return "Name another file, or send the content itself.";
  if (code === "file_not_found") return "Check the path.";
  if (status === 400) return correction(error);
  if (status === 401) {
    return "The key is missing or not accepted; the person who runs the server has to set it.";
  }
  if (status === 403) return "The key may not do this; use another key, project or model.";
  if (status === 404) return whereToLook(error);
  return "";
}

function correction({ message, param }: ApiError): string {
  if (/active run|while a run/.test(message)) {
    return "Wait for that run with wait_for_run, or stop it with cancel_run.";
  }
  if (/^Expected tool outputs/.test(message)) {
    return "Send one output for each of these calls, all in one submit_tool_outputs.";
  }
  if (/do not accept tool outputs|^Cannot cancel run/.test(message)) {
    return "get_run shows how the run stands.";
  }
  if (/^Not allowed to download/i.test(message)) {
    return "search_vector_store finds what is in it, once it is in a vector store.";
  }
  return param === null ? "" : `Correct '${param}' and call again.`;
}

function whereToLook({ message }: ApiError): string {
  return message.startsWith("No job found")
    ? "A job is kept for an hour after its end; after that, make its call again."
    : "Check the id; the list tools show what exists.";
}
