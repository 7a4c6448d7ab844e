/** The work on one run: its thread goes to the upstream, and the answer becomes messages and calls. */

import type OpenAI from "openai";
import type { TenantStore } from "../../store/mod.ts";
import type { Clock } from "../../shared/clock.ts";
import { failureOf } from "../objects/failures.ts";
import { HostedTools } from "../hosted/hosted_tools.ts";
import { recordUnsupported } from "../hosted/unsupported_tools.ts";
import type { TurnRun } from "./turn_run.ts";
import type { IncompleteReason } from "../objects/transitions.ts";
import { reduceResponse } from "./reduce_response.ts";
import { ask, promptTokens, type ResponsesRequest, responsesRequest } from "./response/mod.ts";

/** How long a connection may stay open after the response has ended. */
const DRAIN_MS = 1000;

/** The Responses API takes no lower limit than this. */
const LEAST_OUTPUT_TOKENS = 16;

export interface Work {
  store: TenantStore;
  clock: Clock;
  client: OpenAI;
}

/** Works until the run has ended, or waits for its client. */
export async function execute(live: TurnRun, work: Work): Promise<void> {
  let callOffDrain = () => {};
  const onLast = () => {
    callOffDrain = work.clock.after(DRAIN_MS, () => live.hangUp());
  };
  let requestId: string | null = null;
  try {
    const { run, upstreamId, signal } = live;
    const hosted = new HostedTools({ ...work, upstreamId, run, signal });
    const answer = await begin(live, work, hosted);
    if (answer === undefined) return;
    const { data, request_id } = answer;
    requestId = request_id;
    // Till now the run has waited for its turn at the upstream.
    await live.begin();
    await reduceResponse(data, live, { client: work.client, requestId, hosted }, onLast);
  } catch (error) {
    const failure = failureOf(error, work.client, requestId);
    // Where the store is the trouble, the end of the run says so.
    await live.begin().catch(() => {});
    await live.end({ status: "failed", error: failure });
  } finally {
    callOffDrain();
    live.hangUp();
    await live.ended;
  }
}

/**
 * Asks the upstream; undefined where the run is over without it. The request, which may be as long
 * as the thread, is not held while the answer is read.
 */
async function begin(live: TurnRun, { store, client }: Work, hosted: HostedTools) {
  const request = await responsesRequest(store, live.run, await hosted.prepare());
  const reason = await overBudget(request, live, client);
  if (reason !== undefined) {
    await live.begin();
    await live.end({ status: "incomplete", reason });
  }
  if (live.over) return undefined;
  try {
    return await ask(client, request, live.signal);
  } catch (error) {
    recordUnsupported(error, client, request);
    throw error;
  }
}

/** Which of its limits keeps the run from asking once more. */
async function overBudget(
  request: ResponsesRequest,
  { run, signal }: TurnRun,
  client: OpenAI,
): Promise<IncompleteReason | undefined> {
  if ((request.max_output_tokens ?? Infinity) < LEAST_OUTPUT_TOKENS) {
    return "max_completion_tokens";
  }
  if (!run.max_prompt_tokens) return undefined;
  const tokens = await promptTokens(client, request, signal);
  return tokens > run.max_prompt_tokens ? "max_prompt_tokens" : undefined;
}
