/** The operations on run steps. */

import { expireRunOf, readFresh } from "../runs/expiry.ts";
import type { Call, OperationResult } from "./call.ts";
import { notFound } from "../objects/errors.ts";
import { listQuery, readPage } from "./page.ts";
import { findRun } from "./runs.ts";
import { includesContents, withoutContents } from "./search_result_contents.ts";

/** `GET /threads/{id}/runs/{id}/steps`. */
export async function listRunSteps(call: Call): Promise<OperationResult> {
  const { store, params } = call;
  const { thread_id, run_id } = params;
  const contents = includesContents(call.query);
  const query = { ...listQuery(call.query, "step"), thread_id, run_id };
  await findRun(call);
  const read = () => readPage(() => store.list("step", query));
  const page = await readFresh(read, (step) => expireRunOf(call, step));
  return { body: contents ? page : { ...page, data: page.data.map(withoutContents) } };
}

/** `GET /threads/{id}/runs/{id}/steps/{id}`. */
export async function getRunStep(call: Call): Promise<OperationResult> {
  const contents = includesContents(call.query);
  const found = await findStep(call);
  const step = await expireRunOf(call, found) ? await findStep(call) : found;
  return { body: contents ? step : withoutContents(step) };
}

/** Returns the step in the path. @throws {ApiError} 404 if it, its run or its thread does not exist */
async function findStep(call: Call) {
  const { store, params } = call;
  const step = await store.get("step", params.step_id);
  if (step?.run_id === params.run_id && step.thread_id === params.thread_id) return step;
  await findRun(call);
  throw notFound("step", params.step_id);
}
