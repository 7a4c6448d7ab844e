/** What went wrong at the upstream, as a run's `last_error`. */

import type OpenAI from "openai";
import { ApiError } from "../../shared/errors.ts";
import { scrub } from "../../shared/scrub.ts";
import type { RunError } from "./transitions.ts";

/** A run's error from something that was thrown while the upstream was asked. */
export function failureOf(error: unknown, client: OpenAI, requestId: string | null): RunError {
  const { status, message, code, request, retryAfter } = read(error);
  const notes = [request ?? requestId, retryAfter] as const;
  const words = withoutKey(message, client);
  switch (status) {
    case 401:
      return told("server_error", words, ...notes);
    case 403:
      return told("server_error", `The upstream refused this to the API key: ${words}`, ...notes);
    case 429:
      return told("rate_limit_exceeded", words, ...notes);
    case 400:
    case 404:
    case 422:
      return told("invalid_prompt", words, ...notes);
    default:
      return told(codeOf(code), words, ...notes);
  }
}

/** A run's error from the error of a response that failed. */
export function failureOfResponse(
  error: { code: string | null; message: string } | null,
  client: OpenAI,
  requestId: string | null,
): RunError {
  const message = error?.message || "The upstream failed without saying why.";
  return told(codeOf(error?.code), withoutKey(message, client), requestId);
}

/** What an error of the upstream says, without a key. */
export function messageOf(error: unknown, client: OpenAI): string {
  return withoutKey(read(error).message, client);
}

/**
 * The refusal of a request that the upstream has refused: a fault of the request keeps its status,
 * and so does a limit; all else is the upstream's own trouble.
 */
export function refusalOf(error: unknown, client: OpenAI): ApiError {
  const { status, code } = read(error);
  const isTheirs = status !== undefined && [400, 404, 413, 422, 429].includes(status);
  return new ApiError(messageOf(error, client), {
    status: isTheirs ? status : 502,
    type: isTheirs ? "invalid_request_error" : "server_error",
    code: code ?? null,
    cause: error,
  });
}

/** The contract has three codes for everything that OpenAI's responses can fail with. */
function codeOf(code: string | null | undefined): RunError["code"] {
  switch (code) {
    case "rate_limit_exceeded":
    case "insufficient_quota":
      return "rate_limit_exceeded";
    case "invalid_prompt":
    case "bio_policy":
    case "misalignment_policy_violation":
    case "data_residency_mismatch":
      return "invalid_prompt";
    default:
      return code?.includes("image") ? "invalid_prompt" : "server_error";
  }
}

/** The SDK's errors are told by what they carry: its classes are not loaded here. */
function read(error: unknown) {
  const cause = fieldOf(error, "cause");
  // What the fetch under the SDK has refused by itself comes wrapped as a connection error.
  const source = statusOf(error) === undefined && statusOf(cause) !== undefined ? cause : error;
  const given = textOf(fieldOf(source, "error"), "message") ?? textOf(source, "message") ??
    String(source);
  // A proxy in between answers with a page.
  const own = /^(\d{3} )?\s*</.test(given) ? `HTTP ${statusOf(source)} with no reason` : given;
  return {
    status: statusOf(source),
    message: source === error ? explained(own, error) : own,
    code: textOf(source, "code"),
    retryAfter: headerOf(source, "retry-after"),
    request: textOf(source, "requestID") ?? textOf(source, "requestId"),
  };
}

/** Why a connection failed stands in the innermost of its errors. */
function explained(message: string, error: unknown): string {
  let innermost = error;
  while (fieldOf(innermost, "cause") !== undefined) innermost = fieldOf(innermost, "cause");
  const why = innermost === error ? undefined : textOf(innermost, "message");
  if (why !== undefined) return `${message} (${why})`;
  // A stream that breaks throws the error of the fetch, which names nobody.
  return error instanceof TypeError
    ? `The connection to the upstream broke off: ${message}`
    : message;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** The HTTP status of an error, if it has one. */
export function statusOf(value: unknown): number | undefined {
  const status = fieldOf(value, "status");
  return typeof status === "number" ? status : undefined;
}

function headerOf(value: unknown, name: string): string | undefined {
  const headers = fieldOf(value, "headers");
  return headers instanceof Headers ? headers.get(name) ?? undefined : undefined;
}

function textOf(value: unknown, name: string): string | undefined {
  const text = fieldOf(value, name);
  return typeof text === "string" && text !== "" ? text : undefined;
}

function withoutKey(message: string, { apiKey }: OpenAI): string {
  const plain = message.replace(/(?<=:\/\/)[^/@\s]*@/g, "");
  // The placeholder of an upstream that needs no key may be any word.
  return scrub(plain, apiKey && apiKey.length >= 16 ? apiKey : undefined);
}

function told(
  code: RunError["code"],
  message: string,
  requestId: string | null | undefined,
  retryAfter?: string,
): RunError {
  const notes: string[] = [];
  if (requestId) notes.push(`request id ${requestId}`);
  if (retryAfter) {
    notes.push(`retry after ${/^\d+$/.test(retryAfter) ? `${retryAfter} s` : retryAfter}`);
  }
  return { code, message: notes.length > 0 ? `${message} (${notes.join(", ")})` : message };
}
