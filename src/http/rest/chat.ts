/** POST /assistant/chat: a whole turn of a conversation, waited for to its end, at once or streamed. */

import * as z from "zod";
import { ApiError } from "../../shared/errors.ts";
import { EventStreams } from "../../shared/event_streams.ts";
import { callTool, parseArguments, type Service } from "../../mcp/mod.ts";
import type { Credential } from "../../gateway/mod.ts";
import { askAssistant } from "../../tools/catalog/chat.ts";
import { turnSchema } from "../../tools/schemas/results.ts";
import type { BodyLimits } from "../../transports/mod.ts";
import { readObject } from "./body.ts";
import { errorBody, onlyReads } from "../http_error.ts";
import type { CallerRoute } from "./route.ts";

type Turn = z.infer<typeof turnSchema>;

export interface ChatOptions {
  service: Service;
  body: BodyLimits;
  /** Whether it is refused, as every turn writes. */
  readOnly: boolean;
  /** @throws {ApiError} 503 where the store cannot be read */
  needStore(): Promise<void>;
}

/** A run ends within ten minutes; what is over is for its end to be told. */
const WAIT_S = 620;

const STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  "x-accel-buffering": "no",
};

const streams = new EventStreams();

const input = z.object({
  message: z.string().min(1),
  assistant_id: z.string().min(1).optional().describe("Default: one that the server keeps"),
  thread_id: z.string().min(1).optional().describe("Default: a new thread"),
  stream: z.boolean().optional().describe("Server-sent events instead of one object"),
});

export function createChatRoute(options: ChatOptions): CallerRoute {
  return {
    method: "POST",
    path: "/assistant/chat",
    summary: "Send a message to an assistant and wait for its answer",
    description:
      "Without an assistant_id the server's own assistant answers; without a thread_id " +
      "a new conversation begins. With stream, each piece of text is an event `delta` with " +
      '`{"text": "..."}`; the last event is `done` with the object that is the answer otherwise, ' +
      "or `error` with the error body.",
    body: {
      required: true,
      schema: z.toJSONSchema(input),
      example: { message: "Say hello" },
    },
    answers: {
      200: {
        description: "The run has completed, is incomplete, or waits for the outputs of functions",
        schema: z.toJSONSchema(turnSchema),
        streamed: true,
      },
    },
    refusals: [409, 502, 504],
    async answer(request, credential) {
      if (options.readOnly) throw onlyReads();
      await options.needStore();
      const { stream, ...args } = parse(await readObject(request, options.body));
      if (stream) return await streamed(options, credential, args, request.signal);
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

/** Begins when the run is there: what is refused before has a status of its own. */
async function streamed(
  { service }: ChatOptions,
  credential: Credential,
  args: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Response> {
  const begun = Promise.withResolvers<void>();
  const gone = new AbortController();
  const events = streams.open(() => {
    gone.abort(new DOMException("The client has gone.", "AbortError"));
  });
  const call = callTool(service, credential, {
    tool: askAssistant,
    args,
    signal: AbortSignal.any([signal, gone.signal]),
    waitS: WAIT_S,
    listener: {
      hear(step) {
        begun.resolve();
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
    begun.reject(error);
    events.send("error", errorBody(error));
  }).finally(() => {
    begun.resolve();
    events.close();
  });
  await begun.promise;
  return new Response(events.body, { headers: STREAM_HEADERS });
}

/** What a run that has no answer comes to. */
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
