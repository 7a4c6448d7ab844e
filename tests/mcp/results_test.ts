import assert from "node:assert/strict";
import { ApiError } from "../../src/shared/errors.ts";
import { errorResult } from "../../src/mcp/results.ts";

/** An error, and the advice that its result adds to the message. */
const ADVICE: [message: string, init: ConstructorParameters<typeof ApiError>[1], advice: RegExp][] =
  [
    [
      "The model `gpt-4` does not exist or you do not have access to it.",
      { status: 404, code: "model_not_found", hint: "unknown_model" },
      /^list_models shows the models that exist\.\nDo not retry/,
    ],
    [
      "The model 'gpt-4' has been deprecated, learn more here.",
      { status: 400, code: "invalid_request_error", param: "model", hint: "unknown_model" },
      /^list_models shows/,
    ],
    ["Invalid 'model': expected a string.", { status: 400, param: "model" }, /^Correct 'model'/],
    [
      "No job found with id 'job_1'.",
      { status: 404, hint: "unknown_job" },
      /^A job is kept for an hour .*make its call again\.\nDo not retry/,
    ],
    ["No run found with id 'run_1'.", { status: 404 }, /^Check the id/],
    [
      "api.example.com does not serve the Assistants API",
      { status: 404, code: "assistants_api_off" },
      /^The person who runs the server/,
    ],
    ["This upstream cannot list threads.", { status: 401, code: "threads_not_listed" }, /^Keep/],
    [
      'Runs in status "expired" do not accept tool outputs.',
      { status: 400, hint: "run_status_mismatch" },
      /^get_run/,
    ],
    [
      "Expected tool outputs for call_ids ['a', 'b'], got ['a']",
      { status: 400, hint: "tool_outputs_mismatch" },
      /^Send one output for each .*submit_tool_outputs/,
    ],
    [
      "Cannot cancel run with status 'cancelled'.",
      { status: 400, hint: "run_status_mismatch" },
      /^get_run/,
    ],
    [
      "Thread thread_1 already has an active run run_1.",
      { status: 400, hint: "thread_has_active_run" },
      /^Wait for that run with wait_for_run, or stop it with cancel_run/,
    ],
    ["No more money.", { status: 429, code: "insufficient_quota" }, /no credit left.*\nDo not/],
    ["Nobody was asked.", { status: 403, code: "confirmation_required" }, /^A client with elicit/],
    ["They said no.", { status: 403, code: "declined" }, /^Call it again only if they ask for it/],
    [
      "The state is old.",
      { status: 400, code: "invalid_confirmation" },
      /^Make the call without a requestState/,
    ],
    ["Slow down.", { status: 429, retryAfterS: 1.2 }, /^Try again in 2 s\.$/],
    ["Fell over.", { status: 500 }, /^It may work if you try again/],
  ];

Deno.test("errorResult() adds advice to the message of an error", () => {
  for (const [message, init, advice] of ADVICE) {
    const { isError, content: [part] } = errorResult(new ApiError(message, init));
    assert.ok(isError && part?.type === "text");
    assert.ok(part.text.startsWith(`${message}\n`), part.text);
    assert.match(part.text.slice(message.length + 1), advice);
  }
});
