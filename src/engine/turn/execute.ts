/** Executes one turn of a run: sends its thread to the upstream and writes the response into it. */

import type OpenAI from "openai";
import type { TenantStore } from "../../store/mod.ts";
import type { Clock } from "../../shared/clock.ts";
import { failureOf } from "../objects/failures.ts";
import { HostedTools } from "../hosted/hosted_tools.ts";
import { recordUnsupported } from "../hosted/unsupported_tools.ts";
import type { TurnRun } from "./turn_run.ts";
import type { IncompleteReason } from "../objects/transitions.ts";
import { reduceResponse } from "./reduce_response.ts";
import {
  promptTokens,
  requestResponse,
  type ResponsesRequest,
  responsesRequest,
} from "./response/mod.ts";

/** How long a connection may stay open after the response has ended, in milliseconds. */
const DRAIN_MS = 1000;

/** The lowest limit that the Responses API accepts. */
const MIN_OUTPUT_TOKENS = 16;

/** What a turn works with. */
export interface TurnOptions {
  store: TenantStore;
  clock: Clock;
  client: OpenAI;
}

/** Works until the run has ended or requires action. */
export async function execute(session: TurnRun, options: TurnOptions): Promise<void> {
  let cancelDrain = () => {};
  const onLast = () => {
    cancelDrain = options.clock.after(DRAIN_MS, () => session.abortUpstream());
  };
  let requestId: string | null = null;
  try {
    const { run, upstreamId, signal } = session;
    const hosted = new HostedTools({ ...options, upstreamId, run, signal });
    const response = await sendRequest(session, options, hosted);
    if (response === undefined) return;
    const { data, request_id } = response;
    requestId = request_id;
    // The run stays queued until the upstream has accepted the request.
    await session.begin();
    await reduceResponse(data, session, { client: options.client, requestId, hosted }, onLast);
  } catch (error) {
    const failure = failureOf(error, options.client, requestId);
    // If the store is at fault, ending the run reports it.
    await session.begin().catch(() => {});
    await session.end({ status: "failed", error: failure });
  } finally {
    cancelDrain();
    session.abortUpstream();
    await session.ended;
  }
}

/**
 * Sends the request to the upstream; returns undefined if the run has ended before. A separate
 * function, so that the request, which may be as long as the thread, is freed while the response streams.
 */
async function sendRequest(
  session: TurnRun,
  { store, client }: TurnOptions,
  hosted: HostedTools,
) {
  const request = await responsesRequest(store, session.run, await hosted.prepare());
  const reason = await overBudget(request, session, client);
  if (reason !== undefined) {
    await session.begin();
    await session.end({ status: "incomplete", reason });
  }
  if (session.isClosed) return undefined;
  try {
    return await requestResponse(client, request, session.signal);
  } catch (error) {
    recordUnsupported(error, client, request);
    throw error;
  }
}

/** Returns which of its token limits keeps the run from sending the request, if any. */
async function overBudget(
  request: ResponsesRequest,
  { run, signal }: TurnRun,
  client: OpenAI,
): Promise<IncompleteReason | undefined> {
  if ((request.max_output_tokens ?? Infinity) < MIN_OUTPUT_TOKENS) {
    return "max_completion_tokens";
  }
  if (!run.max_prompt_tokens) return undefined;
  const tokens = await promptTokens(client, request, signal);
  return tokens > run.max_prompt_tokens ? "max_prompt_tokens" : undefined;
}
