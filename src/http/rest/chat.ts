/** POST /assistant/chat: one turn of a conversation, in one response or streamed. */

import * as z from "zod";
import { errorBody } from "../../shared/error_response.ts";
import { ApiError } from "../../shared/errors.ts";
import { EventStreams } from "../../shared/event_streams.ts";
import { callTool, parseArguments, type Service } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import { askAssistant } from "../../tools/catalog/chat.ts";
import { turnSchema } from "../../tools/schemas/results.ts";
import type { BodyLimits } from "../../transports/mod.ts";
import { readObject } from "./body.ts";
import { readOnlyError } from "../http_error.ts";
import type { CallerRoute } from "./route.ts";

type Turn = z.infer<typeof turnSchema>;

/** What the route needs. */
export interface ChatOptions {
  service: Service;
  bodyLimits: BodyLimits;
  /** Whether the route is refused, because every turn writes. */
  readOnly: boolean;
  /** @throws {ApiError} 503 if the store cannot be read */
  assertStoreReachable(): Promise<void>;
}

/** Seconds to wait for a run, which ends within ten minutes, and for its last event. */
const WAIT_S = 620;

const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

const streams = new EventStreams();

const input = z.object({
  message: z.string().min(1),
  assistant_id: z.string().min(1).optional().describe(
    "Default: the default assistant of the server",
  ),
  thread_id: z.string().min(1).optional().describe("Default: a new thread"),
  stream: z.boolean().optional().describe("Server-sent events instead of one object"),
});

/** Creates the route. */
export function createChatRoute(options: ChatOptions): CallerRoute {
  return {
    method: "POST",
    path: "/assistant/chat",
    summary: "Send a message to an assistant and wait for its answer",
    description:
      "Without assistant_id, the default assistant of the server answers. Without thread_id, a " +
      "new conversation starts. With stream, each event `delta` has a piece of text, as " +
      '`{"text": "..."}`. The last event is `done` with the object that is returned otherwise, ' +
      "or `error` with the error body.",
    body: {
      required: true,
      schema: z.toJSONSchema(input),
      example: { message: "Say hello" },
    },
    responses: {
      200: {
        description: "The run is completed, is incomplete, or waits for the outputs of functions",
        schema: z.toJSONSchema(turnSchema),
        streamed: true,
      },
    },
    errorStatuses: [409, 502, 504],
    async handle(request, credential) {
      if (options.readOnly) throw readOnlyError();
      await options.assertStoreReachable();
      const { stream, ...args } = parse(await readObject(request, options.bodyLimits));
      if (stream) return await respondStreamed(options, credential, args, request.signal);
      const { result } = await callTool(options.service, credential, {
        tool: askAssistant,
        args,
        signal: request.signal,
        waitS: WAIT_S,
      });
      const turn = result as Turn;
      const failure = failureOf(turn);
      if (failure !== undefined) throw failure;
      return Response.json(turn);
    },
  };
}

/** @throws {ApiError} 422 */
function parse(body: Record<string, unknown>): z.infer<typeof input> {
  try {
    return parseArguments({ name: "/assistant/chat", input }, body) as z.infer<typeof input>;
  } catch (error) {
    if (error instanceof ApiError) throw new ApiError(error.message, { ...error, status: 422 });
    throw error;
  }
}

/** Starts the response when the run exists, so that earlier errors get their own status. */
async function respondStreamed(
  { service }: ChatOptions,
  credential: Credential,
  args: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Response> {
  const started = Promise.withResolvers<void>();
  const disconnected = new AbortController();
  const events = streams.open(() => {
    disconnected.abort(new DOMException("The client disconnected.", "AbortError"));
  });
  const call = callTool(service, credential, {
    tool: askAssistant,
    args,
    signal: AbortSignal.any([signal, disconnected.signal]),
    waitS: WAIT_S,
    listener: {
      onProgress(step) {
        started.resolve();
        if ("text" in step && step.text !== "") events.send("delta", step);
      },
      end: () => Promise.resolve(),
    },
  });
  call.then(({ result }) => {
    const turn = result as Turn;
    const failure = failureOf(turn);
    if (failure === undefined) events.send("done", turn);
    else events.send("error", errorBody(failure));
  }, (error: ApiError) => {
    started.reject(error);
    events.send("error", errorBody(error));
  }).finally(() => {
    started.resolve();
    events.close();
  });
  await started.promise;
  return new Response(events.body, { headers: STREAM_HEADERS });
}

/** Returns the error for a run without an answer. */
function failureOf({ status, run_id, thread_id, last_error }: Turn): ApiError | undefined {
  const run = `The run ${run_id} on thread ${thread_id}`;
  switch (status) {
    case "completed":
    case "requires_action":
    case "incomplete":
      return undefined;
    case "failed": {
      const { code, message } = { code: null, message: "no reason given", ...last_error };
      return runError(
        502,
        code === null ? "run_failed" : String(code),
        `${run} failed: ${message}`,
      );
    }
    case "cancelled":
    case "cancelling":
      return runError(409, "run_cancelled", `${run} was cancelled.`);
    case "expired":
      return runError(504, "run_expired", `${run} was not finished within its ten minutes.`);
    default:
      return runError(504, "run_not_finished", `${run} is still ${status} after ${WAIT_S} s.`);
  }
}

function runError(status: number, code: string, message: string): ApiError {
  return new ApiError(message, {
    status,
    code,
    type: status >= 500 ? "server_error" : "invalid_request_error",
  });
}
