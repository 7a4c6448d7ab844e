/** HTTP on both sides of an operation: bodies in, JSON and event streams and errors out. */

import { ApiError } from "../../shared/errors.ts";
import type { Answer, EngineRequest } from "./call.ts";
import { invalid, MethodError } from "../objects/errors.ts";
import type { Check } from "../objects/validation.ts";

/** How deep the objects and arrays of a body may stand in each other: SQLite reads no more than twice that. */
const MAX_DEPTH = 500;

/**
 * The checked JSON body of a request; an absent one counts as an empty object.
 *
 * @throws {ApiError} 400 when it is no JSON, or not what the operation takes
 */
export async function readBody<T>(request: EngineRequest, check: Check<T>): Promise<T> {
  const text = await request.text();
  const body = text === "" ? {} : parse(text);
  // So many brackets take as many characters.
  if (text.length > 2 * MAX_DEPTH && isDeeper(body, MAX_DEPTH)) {
    throw invalid(`The body of your request is nested more than ${MAX_DEPTH} levels deep.`);
  }
  return check(body, "");
}

/** @param startedMs when the request came, by `performance.now()` */
export function respond(answer: Answer, requestId: string, startedMs: number): Response {
  const took = String(Math.round(performance.now() - startedMs));
  if ("events" in answer) {
    return new Response(answer.events, {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-cache",
        "x-request-id": requestId,
        "openai-processing-ms": took,
      },
    });
  }
  if ("content" in answer) {
    return new Response(answer.content, {
      headers: {
        "content-type": "application/octet-stream",
        "content-disposition": `attachment; filename*=UTF-8''${encoded(answer.filename)}`,
        "x-request-id": requestId,
        "openai-processing-ms": took,
      },
    });
  }
  return new Response(JSON.stringify(answer.body), {
    headers: {
      "content-type": "application/json",
      "x-request-id": requestId,
      "openai-processing-ms": took,
      ...answer.headers,
    },
  });
}

/** The body of an error, as the API writes it on every route and in every stream. */
export function errorBody({ message, type, param, code }: ApiError) {
  return { error: { message, type, param, code } };
}

export function respondError(error: ApiError, requestId: string, startedMs: number): Response {
  const headers = new Headers({
    "content-type": "application/json",
    "x-request-id": requestId,
    "openai-processing-ms": String(Math.round(performance.now() - startedMs)),
  });
  if (error.retryAfterS !== undefined) headers.set("retry-after", String(error.retryAfterS));
  if (error instanceof MethodError) headers.set("allow", error.allowed.join(", "));
  return new Response(JSON.stringify(errorBody(error)), { status: error.status, headers });
}

/** What a caller is told of a fault of ours. */
export function serverError(cause: unknown): ApiError {
  return new ApiError("The server had an error while processing your request.", {
    status: 500,
    type: "server_error",
    cause,
  });
}

/** As a header has a file's name, which may be anything. */
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
