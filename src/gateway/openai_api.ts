/**
 * OpenAI's API for programs that call it over HTTP: what goes on of their requests, and what comes
 * back of the model server's answers.
 */

import type { ApiError } from "../shared/errors.ts";
import { redact } from "../telemetry/mod.ts";
import { KeyFilter } from "./key_filter.ts";
import type { Gateway } from "./gateway.ts";
import { isRetryable, toApiError } from "../upstream/errors.ts";
import { refusalIn } from "../upstream/error_body.ts";
import { type Fetch, keyOf } from "../upstream/mod.ts";

/** As much of a request as is looked at. */
export interface ApiRequest {
  method: string;
  headers: Headers;
  /** A stream is passed on as it comes, and only once. */
  body: string | ReadableStream<Uint8Array<ArrayBuffer>> | null;
  /** Aborted when the caller goes away, which ends what is asked of the model server, and no run. */
  signal: AbortSignal;
}

/**
 * Answers a request: the Assistants API here, all else at the model server.
 *
 * @param path what follows the base URL, with its query; which paths there are is for the caller to know
 * @throws {ApiError} where there is no answer to pass on
 */
export type Api = (path: string, request: ApiRequest) => Promise<Response>;

export interface ApiOptions {
  baseURL: string;
  /** Whose answers of the model server have come through `forwardable()`. */
  ways: Gateway;
  /** What every request has at the model server, its key among them. */
  headers: Record<string, string>;
}

/** What goes on of a caller's headers: nothing that says who they are, or where they come from. */
const ASKED = ["accept", "content-type", "idempotency-key", "openai-beta"];

/** What comes back of the model server's: nothing of its connection, its cookies, or whose key it was. */
const ANSWERED =
  /^(content-(type|disposition)|retry-after(-ms)?|x-(request-id|should-retry|ratelimit-.+)|openai-(?!organization$|project$).+)$/;

export function createApi({ baseURL, ways, headers: own }: ApiOptions): Api {
  return (path, { method, headers: asked, body, signal }) => {
    const headers = new Headers(own);
    // The length of a stream is known to its sender only, if at all.
    for (const name of body instanceof ReadableStream ? ["content-length", ...ASKED] : ASKED) {
      const value = asked.get(name);
      if (value !== null) headers.set(name, value);
    }
    return ways(path, baseURL + path, { method, headers, body, signal });
  };
}

/** The same `fetch`, whose answers are fit to be passed on. */
export function forwardable(ask: Fetch): Fetch {
  return async (url, init, tenant) => {
    const response = await ask(url, init, tenant);
    const { status } = response;
    const headers = new Headers();
    for (const [name, value] of response.headers) {
      if (ANSWERED.test(name)) headers.set(name, value);
    }
    if (response.ok) {
      const { body } = response;
      const isEvents = headers.get("content-type")?.startsWith("text/event-stream");
      const passed = isEvents && body ? toTheEnd(body, new KeyFilter(keyOf(init ?? {}))) : body;
      return new Response(passed, { status, headers });
    }
    const error = errorOf(status, await response.text());
    if (!isRetryable({ status, code: error.code }) && !headers.has("x-should-retry")) {
      headers.set("x-should-retry", "false");
    }
    headers.set("content-type", "application/json");
    return new Response(JSON.stringify({ error }), { status, headers });
  };
}

/** The same events, and where they break off one that says why, as a connection that is cut would not. */
function toTheEnd(body: ReadableStream<Uint8Array<ArrayBuffer>>, filter: KeyFilter) {
  const reader = body.getReader();
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        for (;;) {
          const { done, value } = await reader.read();
          const passed = done ? filter.rest() : filter.add(value);
          if (passed.length > 0) controller.enqueue(passed);
          if (done) return controller.close();
          if (passed.length > 0) return;
        }
      } catch (cause) {
        controller.enqueue(new TextEncoder().encode(lastEvent(toApiError(cause))));
        controller.close();
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** An error as an event of responses, and in the form in which every version of the SDK throws it. */
function lastEvent({ message, type, param, code }: ApiError): string {
  const error = { message, type, param, code };
  const data = JSON.stringify({ type: "error", code, message, param, error });
  // It may be in the middle of an event.
  return `\n\nevent: error\ndata: ${data}\n\n`;
}

interface ErrorObject {
  message: string;
  type: string;
  param: string | null;
  code: string | null;
}

/** The error of a server in OpenAI's shape, in which not every server has it. */
function errorOf(status: number, text: string): ErrorObject {
  const { error, words } = refusalIn(text);
  const object = typeof error === "object" ? error : undefined;
  return {
    ...object,
    message: redact(words ?? `The model server answered with status ${status} and no reason.`),
    type: object?.type ?? (status >= 500 ? "server_error" : "invalid_request_error"),
    param: object?.param ?? null,
    code: typeof object?.code === "string" ? object.code : null,
  };
}
