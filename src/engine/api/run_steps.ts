/** The operations on run steps. */

import { expireRunOf, readFresh } from "../runs/expiry.ts";
import type { Answer, Call } from "./call.ts";
import { notFound } from "../objects/errors.ts";
import { listQuery, readPage } from "./page.ts";
import { findRun } from "./runs.ts";
import { asksForContents, withoutContents } from "./search_result_contents.ts";

export async function listRunSteps(call: Call): Promise<Answer> {
  const { store, params } = call;
  const { thread_id, run_id } = params;
  const contents = asksForContents(call.query);
  const query = { ...listQuery(call.query, "step"), thread_id, run_id };
  await findRun(call);
  const read = () => readPage(() => store.list("step", query));
  const page = await readFresh(read, (step) => expireRunOf(call, step));
  return { body: contents ? page : { ...page, data: page.data.map(withoutContents) } };
}

export async function getRunStep(call: Call): Promise<Answer> {
  const contents = asksForContents(call.query);
  const found = await findStep(call);
  const step = await expireRunOf(call, found) ? await findStep(call) : found;
  return { body: contents ? step : withoutContents(step) };
}

/**
 * The step of the path.
 *
 * @throws {ApiError} 404 when it, or its run or thread, does not exist
 */
async function findStep(call: Call) {
  const { store, params } = call;
  const step = await store.get("step", params.step_id);
  if (step?.run_id === params.run_id && step.thread_id === params.thread_id) return step;
  await findRun(call);
  throw notFound("step", params.step_id);
}
