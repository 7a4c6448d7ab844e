/** Reads request bodies, and turns results and errors into HTTP responses. */

import { withHint } from "../../shared/error_hints.ts";
import { ApiError } from "../../shared/errors.ts";
import type { EngineRequest, OperationResult } from "./call.ts";
import { invalid, MethodError } from "../objects/errors.ts";
import type { Check } from "../objects/validation.ts";

/** Maximum nesting of a body. SQLite accepts JSON up to twice this depth. */
const MAX_DEPTH = 500;

/**
 * Reads and validates the JSON body of a request. An absent body counts as an empty object.
 *
 * @throws {ApiError} 400 if the body is not JSON or fails the check
 */
export async function readBody<T>(request: EngineRequest, check: Check<T>): Promise<T> {
  const text = await request.text();
  const body = text === "" ? {} : parse(text);
  // A shorter text cannot contain that many brackets.
  if (text.length > 2 * MAX_DEPTH && isDeeper(body, MAX_DEPTH)) {
    throw invalid(`The body of your request is nested more than ${MAX_DEPTH} levels deep.`);
  }
  return check(body, "");
}

/**
 * Returns the response of a result.
 *
 * @param startedMs when the request arrived, from `performance.now()`
 */
export function respond(answer: OperationResult, requestId: string, startedMs: number): Response {
  const durationMs = String(Math.round(performance.now() - startedMs));
  if ("events" in answer) {
    return new Response(answer.events, {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        "x-request-id": requestId,
        "openai-processing-ms": durationMs,
      },
    });
  }
  if ("content" in answer) {
    return new Response(answer.content, {
      headers: {
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename*=UTF-8''${encoded(answer.filename)}`,
        "x-request-id": requestId,
        "openai-processing-ms": durationMs,
      },
    });
  }
  return new Response(JSON.stringify(answer.body), {
    headers: {
      "content-type": "application/json",
      "x-request-id": requestId,
      "openai-processing-ms": durationMs,
      ...answer.headers,
    },
  });
}

/** Returns the body of an error, which is the same on every route and in every stream. */
export function errorBody({ message, type, param, code }: ApiError) {
  return { error: { message, type, param, code } };
}

/** Returns the response of an error. @param startedMs see `respond` */
export function respondError(error: ApiError, requestId: string, startedMs: number): Response {
  const headers = new Headers({
    "content-type": "application/json",
    "x-request-id": requestId,
    "openai-processing-ms": String(Math.round(performance.now() - startedMs)),
  });
  if (error.retryAfterS !== undefined) headers.set("retry-after", String(error.retryAfterS));
  if (error instanceof MethodError) headers.set("allow", error.allowed.join(", "));
  const body = JSON.stringify(errorBody(error));
  return withHint(new Response(body, { status: error.status, headers }), error);
}

/** Returns the error that callers see for an internal failure. */
export function serverError(cause: unknown): ApiError {
  return new ApiError("The server had an error while processing your request.", {
    status: 500,
    type: "server_error",
    cause,
  });
}

/** Encodes a file name for a `content-disposition` header. */
function encoded(filename: string): string {
  return encodeURIComponent(filename.toWellFormed()).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
    );
  }
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}
