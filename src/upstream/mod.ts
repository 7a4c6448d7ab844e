/**
 * The way to the model server: a `fetch` that retries, keeps deadlines and waits in line.
 *
 * All three live here and nowhere else. A request counts from its place in line to the last byte
 * of its answer: the deadline spans all of its tries, and its place is taken until the body is read,
 * cancelled or broken.
 */

import { getLogger } from "@logtape/logtape";
import { sleep } from "../shared/clock.ts";
import { ApiError } from "../shared/errors.ts";
import { scrub } from "../shared/scrub.ts";
import { findRouteOfUrl, generatesImages, operationOfUrl } from "../shared/openai_routes.ts";
import { Slots } from "../shared/slots.ts";
import { metrics, observeUpstream, redact, rememberUpstreamId } from "../telemetry/mod.ts";
import { readBody } from "./response_body.ts";
import { Call } from "./upstream_call.ts";
import { backOffMs, retryAfterS } from "./retry.ts";
import { isRetryable } from "./errors.ts";

/**
 * What answers HTTP requests; all that the SDK asks of a `fetch`.
 *
 * @param tenant in whose line the request waits
 */
export type Fetch = (url: string, init?: RequestInit, tenant?: string) => Promise<Response>;

export interface UpstreamSettings {
  OPENAI_TIMEOUT_S: number;
  OPENAI_MAX_RETRIES: number;
  OPENAI_MAX_CONCURRENCY: number;
  /** Whether there are many tenants, of which none may have all places. */
  MCP_CREDENTIALS_PASSTHROUGH?: boolean;
}

export interface Upstream {
  /**
   * Answers are the server's own, error statuses included.
   *
   * Rejects with an `ApiError` where there is no answer to pass on: 504 after the deadline, 502
   * for a server that is not reached, breaks off or redirects; with the signal's reason when that
   * is aborted. The body of an answer breaks with the same errors.
   */
  fetch: Fetch;
  /** Breaks off what is under way. */
  close(): void;
}

/** The share of places that one tenant cannot have alone. */
const RESERVED = 1 / 8;

/** Of a refusal no more is read than this, in characters. */
const MAX_REFUSAL = 64 * 1024;

/** The status of a request whose caller has gone. */
const CANCELLED = 499;

const logger = getLogger(["assistants-mcp", "upstream"]);

export function createUpstream(settings: UpstreamSettings): Upstream {
  const count = settings.OPENAI_MAX_CONCURRENCY;
  const reserved = settings.MCP_CREDENTIALS_PASSTHROUGH ? Math.floor(count * RESERVED) : 0;
  const slots = new Slots(count, { reserved });
  // What a response names is fetched while that is read, and must not wait for its place.
  const downloads = new Slots(count);
  const calls = new Set<Call>();

  async function upstreamFetch(
    url: string,
    init: RequestInit = {},
    tenant?: string,
  ): Promise<Response> {
    const observed = observeUpstream(init.method ?? "GET", new URL(url).pathname);
    const line = isDownload(url) ? downloads : slots;
    const call = startCall(observed, line, init.signal ?? undefined, tenant);
    try {
      const response = await observed.within(() => ask(call, url, init));
      if (isLive(response, url)) return new Response(readBody(response.body, call), response);
      call.end();
      return response;
    } catch (error) {
      call.end();
      throw error;
    }
  }

  /** Holds nothing of the request, which may be long, for as long as the answer is read. */
  function startCall(
    observed: ReturnType<typeof observeUpstream>,
    line: Slots,
    caller: AbortSignal | undefined,
    tenant: string | undefined,
  ): Call {
    const call = new Call({
      settings,
      takePlace: (signal) => line.acquire(signal, tenant),
      caller,
      // It may be ended more than once.
      onEnd: () => {
        if (calls.delete(call)) observed.end(endOf(call));
      },
    });
    calls.add(call);
    return call;
  }

  async function ask(call: Call, url: string, init: RequestInit): Promise<Response> {
    const { OPENAI_MAX_RETRIES: retries } = settings;
    const mayRepeat = repeatsOf(url, init);
    for (let retry = 0;; retry++) {
      await inLine(call);
      const outcome = await attempt(call, url, init);
      call.status = "error" in outcome ? outcome.error.status : outcome.response.status;
      const waitMs = outcome.afterS === undefined ? backOffMs(retry) : outcome.afterS * 1000;
      if (!outcome.again || !mayRepeat(call.status) || retry >= retries || waitMs >= call.leftMs) {
        if ("error" in outcome) throw outcome.error;
        return outcome.response;
      }
      const failure = "error" in outcome
        ? outcome.error.message
        : `status ${outcome.response.status}`;
      logger.info("The model server failed ({failure}); trying again in {waitMs} ms.", {
        failure,
        waitMs: Math.round(waitMs),
      });
      metrics.retries.add(1);
      call.leave();
      await sleep(waitMs, call.signal);
    }
  }

  return {
    fetch: upstreamFetch,
    close() {
      for (const call of calls) {
        call.abort(
          new ApiError("The server is shutting down.", { status: 503, type: "server_error" }),
        );
      }
    },
  };
}

/**
 * After which statuses a request may be sent again. A body that is a stream is gone with the first
 * try; an image that failed may be paid all the same, unless it was not begun.
 */
function repeatsOf(url: string, { method, body }: RequestInit): (status: number) => boolean {
  if (body instanceof ReadableStream) return () => false;
  const isPaid = generatesImages(operationOfUrl(method ?? "GET", url));
  return (status) => !isPaid || status === 429;
}

function isDownload(url: string): boolean {
  return operationOfUrl("GET", url) === "getContainerFileContent";
}

async function inLine(call: Call): Promise<void> {
  metrics.queueLength.add(1);
  try {
    await call.enter();
  } finally {
    metrics.queueLength.add(-1);
  }
}

/** What is observed of a request that has ended. */
function endOf({ signal, status, tries, requestId }: Call) {
  if (!signal.aborted) return { status, tries, requestId };
  const { reason } = signal;
  return { status: reason instanceof ApiError ? reason.status : CANCELLED, tries, requestId };
}

/** How one try ended, whether another may go better, and after how long if the server said so. */
type Outcome = ({ response: Response } | { error: ApiError }) & { again: boolean; afterS?: number };

async function attempt(call: Call, url: string, init: RequestInit): Promise<Outcome> {
  const key = keyOf(init);
  let response: Response;
  try {
    // A redirect that is followed would carry the key to wherever it points.
    const answer = await fetch(url, { ...init, signal: call.signal, redirect: "manual" });
    response = redactHeaders(answer, key);
  } catch (error) {
    call.signal.throwIfAborted();
    // What Deno refuses to send has no cause; it would be refused again.
    const again = error instanceof TypeError && error.cause !== undefined;
    return { error: notReached(url, error), again };
  }
  call.requestId = response.headers.get("x-request-id") ?? undefined;
  rememberUpstreamId(call.requestId);
  if (response.ok) {
    return {
      response: isLive(response, url) ? response : await whole(call, response),
      again: false,
    };
  }
  const text = await errorText(call, response);
  if (response.status >= 300 && response.status < 400) {
    return { error: redirected(response, url, key), again: false };
  }
  return {
    response: new Response(withoutKeys(text, key), response),
    again: mayRetry(response, text),
    afterS: retryAfterS(response.headers),
  };
}

type LiveResponse = Response & { body: ReadableStream<Uint8Array<ArrayBuffer>> };

/**
 * Whether the body is passed on as it comes; errors and JSON are of no use before they are whole,
 * but for a file, which may be larger than memory.
 */
function isLive(response: Response, url: string): response is LiveResponse {
  if (!response.ok || response.body === null) return false;
  if (findRouteOfUrl("GET", url)?.route.template.endsWith("/content")) return true;
  return !/^application\/([\w.-]+\+)?json/.test(response.headers.get("content-type") ?? "");
}

async function whole(call: Call, response: Response): Promise<Response> {
  if (response.body === null) return response;
  try {
    return new Response(await response.arrayBuffer(), response);
  } catch (cause) {
    // Not tried again: the work is done on the other side, and perhaps paid.
    throw call.broken(cause);
  }
}

async function errorText(call: Call, response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes, { stream: true });
      if (text.length >= MAX_REFUSAL) break;
    }
    return text + decoder.decode();
  } catch {
    call.signal.throwIfAborted();
    return "";
  }
}

function mayRetry(response: Response, text: string): boolean {
  const advice = response.headers.get("x-should-retry");
  if (advice === "true" || advice === "false") return advice === "true";
  const code = text.includes('"insufficient_quota"') ? "insufficient_quota" : null;
  return isRetryable({ status: response.status, code });
}

function notReached(url: string, cause: unknown): ApiError {
  const { origin } = new URL(url);
  const error = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const reason = (error instanceof Error ? error.message : String(error))
    .replace(/^error sending request.*?\): /, "")
    .replace(/^client error \(\w+\): /, "");
  return new ApiError(
    `Cannot reach the model server at ${origin}: ${reason}. Check OPENAI_BASE_URL and the network.`,
    { status: 502, type: "server_error", code: "connection_error", cause },
  );
}

/** The key that a request shows, if it does. */
export function keyOf({ headers }: RequestInit): string | undefined {
  return new Headers(headers).get("authorization")?.replace(/^Bearer\s+/i, "");
}

/** The same answer, in whose head there is no key: of that much is passed on, and told as an id. */
function redactHeaders(response: Response, key: string | undefined): Response {
  const { body, status, statusText } = response;
  const head = JSON.stringify([...response.headers]);
  const harmless = withoutKeys(head, key);
  if (harmless === head) return response;
  return new Response(body, { status, statusText, headers: JSON.parse(harmless) });
}

/** The text of a server without the keys that this process knows, and that of this very request. */
function withoutKeys(text: string, key: string | undefined): string {
  return scrub(redact(text), key);
}

function redirected(response: Response, from: string, key: string | undefined): ApiError {
  const header = withoutKeys(response.headers.get("location") ?? "", key);
  const location = URL.parse(header, from);
  const target = location === null ? "elsewhere" : `to ${location.origin}${location.pathname}`;
  return new ApiError(
    `The model server redirects ${target}, which is not followed because the key would go there ` +
      "too. Set OPENAI_BASE_URL to the final address.",
    {
      status: 502,
      type: "server_error",
      code: "upstream_redirect",
      requestId: response.headers.get("x-request-id") ?? undefined,
    },
  );
}
