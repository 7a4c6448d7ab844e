/**
 * OpenAI's API at `/v1`, for programs that were written for it. This server answers the Assistants
 * API, and forwards a fixed list of other requests to the model server.
 */

import { ApiError } from "../../shared/errors.ts";
import type { ActiveCalls } from "../../mcp/mod.ts";
import { type ApiRequest, type Clients, type Credential, toApiError } from "../../gateway/mod.ts";
import type { BodyLimits } from "../../transports/mod.ts";
import { readJsonText } from "../rest/body.ts";
import { readOnlyError } from "../http_error.ts";
import { v1ErrorResponse } from "./error.ts";
import { resolveTarget, type Target } from "./paths.ts";

/** What `/v1` needs. */
export interface V1Options {
  apiOf: Clients["apiOf"];
  /** Limits requests together with tool calls. */
  calls: ActiveCalls;
  /** Apply to all bodies except uploads, which are streamed. */
  bodyLimits: BodyLimits;
  /** Whether requests that write are refused. */
  readOnly: boolean;
  /** @throws {ApiError} 503 if the store cannot be read */
  assertStoreReachable(): Promise<void>;
}

/**
 * Handles a request of an admitted caller.
 *
 * @param sent settles when the response has been sent or the client has disconnected
 */
export type V1 = (
  request: Request,
  credential: Credential,
  sent: Promise<unknown>,
) => Promise<Response>;

/** Keeps browsers from running scripts in a response, which may be an uploaded page. */
const SANDBOX_HEADERS = Object.entries({
  "content-security-policy": "default-src 'none'; sandbox",
  "x-content-type-options": "nosniff",
});

const NEVER = new AbortController().signal;

/** Creates the handler of `/v1`. */
export function createV1(
  { apiOf, calls, bodyLimits, readOnly, assertStoreReachable }: V1Options,
): V1 {
  async function handle(
    request: Request,
    credential: Credential,
    target: Target,
  ): Promise<Response> {
    const { method, headers } = request;
    const body = await bodyOf(request, target, bodyLimits);
    // A disconnect does not stop a run. The stream of its events notices the disconnect.
    const signal = target.isAssistants ? NEVER : request.signal;
    const response = await apiOf(credential)(target.path, { method, headers, body, signal });
    if (response.status === 500 && target.isAssistants) await assertStoreReachable();
    for (const [name, value] of SANDBOX_HEADERS) response.headers.set(name, value);
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      // Else nginx would buffer the events.
      response.headers.set("x-accel-buffering", "no");
    }
    return response;
  }

  return async (request, credential, sent) => {
    try {
      const target = resolveTarget(request.method, request.url);
      if (readOnly && !target.isReadOnly) throw readOnlyError();
      const release = calls.acquire(credential.tenant);
      sent.then(release, release);
      return await handle(request, credential, target);
    } catch (error) {
      if (error instanceof ApiError) return v1ErrorResponse(toApiError(error));
      // The client has disconnected, so no response reaches it.
      if (request.signal.aborted) return new Response(null, { status: 499 });
      throw error;
    }
  };
}

/** Returns the body to send on: JSON is read completely, a form with a file is streamed. */
async function bodyOf(
  request: Request,
  { isAssistants }: Target,
  bodyLimits: BodyLimits,
): Promise<ApiRequest["body"]> {
  if (request.method !== "POST") return null;
  const type = request.headers.get("content-type") ?? "";
  if (!isAssistants && /^multipart\/form-data *;/i.test(type)) return request.body;
  return await readJsonText(request, bodyLimits);
}
