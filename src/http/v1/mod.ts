/**
 * OpenAI's API at `/v1`, for programs that were written for it: the Assistants API as this server
 * has it, and what goes with it passed on to the model server.
 */

import { ApiError } from "../../shared/errors.ts";
import type { Calls } from "../../mcp/mod.ts";
import { type ApiRequest, type Clients, type Credential, toApiError } from "../../gateway/mod.ts";
import type { BodyLimits } from "../../transports/mod.ts";
import { readJsonText } from "../rest/body.ts";
import { onlyReads } from "../http_error.ts";
import { v1Refusal } from "./error.ts";
import { type Place, placeOf } from "./paths.ts";

export interface V1Options {
  apiOf: Clients["apiOf"];
  /** Counts requests as it counts calls of tools. */
  calls: Calls;
  /** Of a body that is read here; an upload that is passed on is not. */
  body: BodyLimits;
  /** Whether what writes is refused. */
  readOnly: boolean;
  /** @throws {ApiError} 503 where the store cannot be read */
  needStore(): Promise<void>;
}

/**
 * Answers a request of a caller who has been let in.
 *
 * @param sent resolves when the answer has gone out, or nobody takes it any more
 */
export type V1 = (
  request: Request,
  credential: Credential,
  sent: Promise<unknown>,
) => Promise<Response>;

/** A browser that shows an answer runs nothing of it: it may be a page that somebody has uploaded. */
const HARMLESS = Object.entries({
  "content-security-policy": "default-src 'none'; sandbox",
  "x-content-type-options": "nosniff",
});

const NEVER = new AbortController().signal;

export function createV1({ apiOf, calls, body: limits, readOnly, needStore }: V1Options): V1 {
  async function answer(request: Request, credential: Credential, place: Place): Promise<Response> {
    const { method, headers } = request;
    const body = await bodyOf(request, place, limits);
    // Nobody's going stops a run; a stream of its events is told of it by itself.
    const signal = place.isAssistants ? NEVER : request.signal;
    const response = await apiOf(credential)(place.path, { method, headers, body, signal });
    if (response.status === 500 && place.isAssistants) await needStore();
    for (const [name, value] of HARMLESS) response.headers.set(name, value);
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      // Of events each is awaited; nginx would collect them.
      response.headers.set("x-accel-buffering", "no");
    }
    return response;
  }

  return async (request, credential, sent) => {
    try {
      const place = placeOf(request.method, request.url);
      if (readOnly && !place.reads) throw onlyReads();
      const leave = calls.enter(credential.tenant);
      sent.then(leave, leave);
      return await answer(request, credential, place);
    } catch (error) {
      if (error instanceof ApiError) return v1Refusal(toApiError(error));
      // Nobody is there to read it.
      if (request.signal.aborted) return new Response(null, { status: 499 });
      throw error;
    }
  };
}

/** The body as it goes on: JSON is read here, a form with a file in it passes by. */
async function bodyOf(
  request: Request,
  { isAssistants }: Place,
  limits: BodyLimits,
): Promise<ApiRequest["body"]> {
  if (request.method !== "POST") return null;
  const type = request.headers.get("content-type") ?? "";
  if (!isAssistants && /^multipart\/form-data *;/i.test(type)) return request.body;
  return await readJsonText(request, limits);
}
