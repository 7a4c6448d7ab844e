/** The work on one run: its thread goes to the upstream, and the answer becomes messages. */

import type OpenAI from "openai";
import type { Store } from "../../store/mod.ts";
import type { Clock } from "../clock.ts";
import { failureOf } from "./failure.ts";
import type { LiveRun } from "./live_run.ts";
import { play } from "./play.ts";
import { estimatedTokens, responsesRequest } from "./request.ts";

/** How long a connection may stay open after the response has ended. */
const DRAIN_MS = 1000;

export interface Work {
  store: Store;
  clock: Clock;
  tenant: string;
  client: OpenAI;
}

/** Works until the run has ended, however it does. */
export async function execute(live: LiveRun, work: Work): Promise<void> {
  let callOffDrain = () => {};
  const onLast = () => {
    callOffDrain = work.clock.after(DRAIN_MS, () => live.hangUp());
  };
  let requestId: string | null = null;
  try {
    const request = await responsesRequest(work.store, work.tenant, live.run);
    if (estimatedTokens(request) > (live.run.max_prompt_tokens ?? Infinity)) {
      await live.begin();
      return await live.end({ status: "incomplete", reason: "max_prompt_tokens" });
    }
    if (live.over) return;
    const { data, request_id } = await work.client.responses
      .create(request, { signal: live.signal })
      .withResponse();
    requestId = request_id;
    // Till now the run has waited for its turn at the upstream.
    await live.begin();
    await play(data, live, { client: work.client, requestId }, onLast);
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
