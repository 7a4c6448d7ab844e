/** Whatever is thrown on the way to a model or to the engine, as the one error that reaches somebody. */

import { attachedHint } from "../shared/error_hints.ts";
import { ApiError, type ErrorHint } from "../shared/errors.ts";
import { redact } from "../telemetry/redact.ts";
import { retryAfterS } from "./retry.ts";

/**
 * The error to show for anything thrown: the server's own words, without keys.
 *
 * Errors of the SDK are known by their shape, so that this needs no part of the SDK in memory. An
 * `ApiError` in the chain of causes says more than what was wrapped around it, and wins.
 */
export function toApiError(error: unknown): ApiError {
  const own = ownError(error);
  if (own !== undefined) {
    const message = redact(own.message);
    return message === own.message ? own : new ApiError(message, own);
  }
  if (isAborted(error)) {
    const message = "The call was cancelled before it was answered.";
    return new ApiError(message, { status: 499, code: "cancelled", cause: error });
  }
  if (isTimeout(error)) {
    return ofServer("The server did not answer in time.", 504, "timeout", error);
  }
  if (isConnection(error)) {
    const message = `Cannot reach the server: ${rootOf(error).message}`;
    return ofServer(message, 502, "connection_error", error);
  }
  const answer = asAnswer(error);
  if (answer !== undefined) return fromAnswer(answer, error);
  return ofServer(error instanceof Error ? error.message : String(error), 500, null, error);
}

/** Whether the same call may work a moment later. */
export function isRetryable({ status, code }: { status: number; code: string | null }): boolean {
  if (code === "insufficient_quota") return false;
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** Whether a refusal is about a model that does not exist, or no longer does. */
export function isModelUnknown(
  { code, message }: { code: string | null; message: string },
): boolean {
  return code === "model_not_found" ||
    /\bmodel\b.*\b(not exist|not found|deprecated|retired|no longer)\b/is.test(message);
}

/**
 * Returns the hint for an upstream's error. OpenAI gives these errors no code of their own, so their
 * messages tell them apart.
 */
export function hintFrom(
  error: { status: number; code: string | null; message: string },
): ErrorHint | undefined {
  const { status, message } = error;
  if (isModelUnknown(error)) return "unknown_model";
  if (/not allowed to download/i.test(message)) return "content_not_downloadable";
  if (status !== 400) return undefined;
  if (/active run|while a run/.test(message)) return "thread_has_active_run";
  if (/^Expected tool outputs/.test(message)) return "tool_outputs_mismatch";
  return /do not accept tool outputs|^Cannot cancel run/.test(message)
    ? "run_status_mismatch"
    : undefined;
}

/** More causes than anything here has, so that a circle of them ends. */
const DEEPEST = 8;

/** The fields of an SDK error that came from a server, as its `error` object or its `error` event. */
interface Answer {
  status?: unknown;
  headers?: unknown;
  requestID?: unknown;
  error?: unknown;
  code?: unknown;
  param?: unknown;
  type?: unknown;
  message: string;
}

function ownError(error: unknown): ApiError | undefined {
  for (let depth = 0; depth < DEEPEST && error instanceof Error; depth++) {
    if (error instanceof ApiError) return error;
    error = error.cause;
  }
  return undefined;
}

function isAborted(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "AbortError" || error.message === "Request was aborted.";
}

function isTimeout(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "TimeoutError" || error.message === "Request timed out.";
}

function isConnection(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  return error.message.startsWith("Connection error.") || error.message === "fetch failed";
}

function rootOf(error: Error): Error {
  let root = error;
  for (let depth = 0; depth < DEEPEST && root.cause instanceof Error; depth++) root = root.cause;
  return root;
}

function ofServer(message: string, status: number, code: string | null, cause: unknown): ApiError {
  return new ApiError(redact(message), { status, type: "server_error", code, cause });
}

function asAnswer(error: unknown): Answer | undefined {
  if (!(error instanceof Error) || !("status" in error) || !("headers" in error)) return undefined;
  if (error.status === undefined && !(error.headers instanceof Headers)) return undefined;
  return error;
}

function fromAnswer(answer: Answer, cause: unknown): ApiError {
  const headers = answer.headers instanceof Headers ? answer.headers : undefined;
  const code = text(answer.code) ?? null;
  const status = typeof answer.status === "number" ? answer.status : statusOf(code);
  const type = text(answer.type);
  const message = redact(wordsOf(answer, status));
  return new ApiError(message, {
    status,
    // An error event says "error" where its type should be.
    type: type === undefined || type === "error" ? typeOf(status) : type,
    code,
    param: text(answer.param) ?? null,
    requestId: text(answer.requestID) ?? text(headers?.get("x-request-id")),
    retryAfterS: headers && retryAfterS(headers),
    hint: (headers && attachedHint(headers)) ?? hintFrom({ status, code, message }),
    cause,
  });
}

/** The status that an error in the middle of a stream would have had as an answer. */
function statusOf(code: string | null): number {
  if (code === "rate_limit_exceeded" || code === "insufficient_quota") return 429;
  return code === "invalid_prompt" ? 400 : 500;
}

function typeOf(status: number): string {
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

function wordsOf({ error, message }: Answer, status: number): string {
  if (typeof error === "string") return error;
  if (typeof error === "object" && error !== null) {
    if ("message" in error && typeof error.message === "string") return error.message;
    if ("detail" in error && typeof error.detail === "string") return error.detail;
  }
  const text = message.startsWith(`${status} `) ? message.slice(`${status} `.length) : message;
  if (text === "status code (no body)" || /^\s*</.test(text)) {
    return `The server answered with status ${status} and no reason.`;
  }
  return text.length > 1000 ? `${text.slice(0, 1000)}…` : text;
}

/** A text without keys, which a server may repeat in any field. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? redact(value) : undefined;
}
