/** What the API shows, held against what the model has come to. */

import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Answer, Api } from "./_api.ts";
import type { Outcome } from "./_model.ts";
import { look, observedStateFrom, observedStateOf } from "./_observed_state.ts";
import { allowUnfinished, type Json, type Names, refusalView, viewOf } from "./_views.ts";
import type { World } from "./_world.ts";

export interface Real {
  api: Api;
  names: Names;
}

/** One way in which things may have gone. */
export interface Course {
  world: World;
  outcomes: Outcome[];
}

/** How long the API may take to come to where the model is. */
const BOUND_MS = 3000;

/** After so long the engine has looked at what it does not hear of. */
const LOOKED_MS = 500;

/** So often everything is looked at before that. */
const PATIENCE = 20;

/** Waits until what the API shows is what one of the courses has come to. */
export async function settle(
  courses: readonly Course[],
  answers: readonly Answer[],
  { api, names }: Real,
  isRace: boolean,
): Promise<{ world: World; names: Names }> {
  const open: { world: World; names: Names }[] = [];
  let difference: Difference | null = null;
  for (const { world, outcomes } of courses) {
    const named = names.copy();
    difference = differenceOfAnswers(outcomes, answers, named, isRace);
    if (difference === null) open.push({ world, names: named });
  }
  const [first] = open;
  if (first === undefined) throw different(difference);

  const until = performance.now() + BOUND_MS;
  for (let looks = 1;; looks++) {
    // What was lost sight of in one process is looked for in the store a little later.
    if (looks === PATIENCE) api.linger(LOOKED_MS);
    const shown = await look(api, first.world, first.names);
    for (const course of open) {
      const seen = observedStateFrom(course.world, shown, course.names);
      const expected = observedStateOf(course.world);
      if (isDeepStrictEqual(seen, expected)) return course;
      if (performance.now() > until) throw different({ seen, expected });
    }
    await setImmediate();
  }
}

function different(difference: Difference | null): Error {
  const { seen: actual, expected } = difference ?? {};
  return new assert.AssertionError({ actual, expected, operator: "deepStrictEqual" });
}

interface Difference {
  expected: unknown;
  seen: unknown;
}

/** Gives new objects their names; null where each answer is the one expected. */
function differenceOfAnswers(
  outcomes: readonly Outcome[],
  answers: readonly Answer[],
  names: Names,
  isRace: boolean,
): Difference | null {
  for (const [index, outcome] of outcomes.entries()) {
    const answer = answers[index];
    if (answer === undefined) continue;
    const difference = differenceOf(outcome, answer, names, isRace);
    if (difference !== null) return difference;
  }
  return null;
}

function differenceOf(
  outcome: Outcome,
  answer: Answer,
  names: Names,
  isRace: boolean,
): Difference | null {
  if ("refused" in outcome || "refused" in answer) {
    const seen = "refused" in answer ? refusalView(answer.refused, names) : answer.object;
    if (!("refused" in outcome)) return { expected: outcome.object, seen };
    if (!("refused" in answer)) return { expected: outcome.refused, seen };
    const { messages, ...rest } = outcome.refused;
    // Of a thread that is just going, the message or the run may be missed first.
    if (isRace && rest.status === 404 && answer.refused.status === 404) return null;
    const all = isRace ? messages.flatMap(onTheWay) : messages;
    const expected = all.map((message) => ({ type: "invalid_request_error", message, ...rest }));
    return expected.some((one) => isDeepStrictEqual(one, seen)) ? null : { expected, seen };
  }
  const { object: expected } = outcome as { object: Json };
  const { object } = answer;
  names.bind(object?.thread_id, expected?.thread);
  names.bind(object?.id, typeof expected === "string" ? expected : expected?.name);
  const seen = viewOf(object, names) as Json;
  if (object?.object === "thread.message") allowUnfinished(expected, seen);
  if (isRace && object?.object === "thread.run") {
    // In which of its states it was seen is anybody's guess.
    return unlessEqual(
      { name: expected.name, metadata: expected.metadata },
      { name: seen.name, metadata: seen.metadata },
    );
  }
  return unlessEqual(expected, seen);
}

/** Who comes at the same time may find the run on its way from one status to the next. */
function onTheWay(message: string): string[] {
  const status = /(?<=status ['"])\w+/;
  return [message, message.replace(status, "in_progress"), message.replace(status, "cancelling")];
}

function unlessEqual(expected: unknown, seen: unknown): Difference | null {
  return isDeepStrictEqual(expected, seen) ? null : { expected, seen };
}
