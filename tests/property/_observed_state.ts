/** Everything at once that can be seen of a world: of the model's, and of the real one. */

import type { Api, Heard } from "./_api.ts";
import { viewOfRun } from "./_run_model.ts";
import {
  allowUnfinished,
  allowUnfinishedCalls,
  askedView,
  type Json,
  messageView,
  type Names,
  runView,
  stepView,
} from "./_views.ts";
import type { Message, Run, RunView, Step, Stream, Turn, World } from "./_world.ts";

interface ObservedState {
  threads: { messages: Message[]; runs: ObservedRun[] }[];
  streams: unknown[];
}

interface ObservedRun extends RunView {
  steps: Step[];
  /** What it asks the upstream; null when nothing is asked any more. */
  asked: string[] | null;
}

/** What the API shows, as it came. */
export interface Shown {
  threads: ThreadShown[];
  heard: readonly Heard[];
}

interface ThreadShown {
  messages: Json[];
  runs: { run: Json; steps: Json[]; turns: ReturnType<Api["turns"]> }[];
}

/** What the model's world should look like. */
export function observedStateOf({ threads, streams }: World): ObservedState {
  return {
    threads: threads.filter(({ gone }) => !gone).map(({ messages, runs }) => ({
      messages,
      runs: runs.map((run) => ({
        ...viewOfRun(run),
        steps: run.steps,
        asked: run.inner.turn && run.inner.turn.asked,
      })),
    })),
    streams,
  };
}

/** Asks for all objects of the threads that there are. */
export async function look(api: Api, world: World, names: Names): Promise<Shown> {
  const threads: ThreadShown[] = [];
  for (const { name, gone } of world.threads) {
    if (gone) continue;
    const path = `/threads/${names.idOf(name)}`;
    const [messages, runs] = await Promise.all([
      api.all(`${path}/messages`),
      api.all(`${path}/runs`),
    ]);
    const shown: ThreadShown = { messages, runs: [] };
    for (const run of runs) {
      const steps = await api.all(`${path}/runs/${run.id}/steps`);
      shown.runs.push({ run, steps, turns: api.turns(run.id) });
    }
    threads.push(shown);
  }
  return { threads, heard: api.heard };
}

/** What the API shows, in the words of the model; objects that are new take the names of the model's. */
export function observedStateFrom(
  world: World,
  { threads, heard }: Shown,
  names: Names,
): ObservedState {
  const models = world.threads.filter(({ gone }) => !gone);
  return {
    threads: threads.map(({ messages, runs }, index) => {
      const model = models[index];
      names.bindAll(messages, model?.messages);
      names.bindAll(runs.map(({ run }) => run), model?.runs);
      return {
        messages: messages.map((message, index) => {
          const view = messageView(message, names);
          allowUnfinished(model?.messages[index], view);
          return view;
        }),
        runs: runs.map((shown, index) => runSight(shown, model?.runs[index], names)),
      };
    }),
    streams: heard.map(({ run, open, events }): Stream => ({
      run: String(names.of(run)),
      open,
      events,
    })),
  };
}

function runSight(
  { run, steps, turns }: ThreadShown["runs"][number],
  model: Run | undefined,
  names: Names,
): ObservedRun {
  names.bindAll(steps, model?.steps);
  return {
    ...runView(run, names),
    steps: steps.map((step, index) => {
      const view = stepView(step, names);
      allowUnfinishedCalls(model?.steps[index], view);
      return view;
    }),
    asked: askedSight(turns, model?.inner.turn ?? null),
  };
}

/** A run that asks nothing any more has let go of the upstream. */
function askedSight(turns: ReturnType<Api["turns"]>, model: Turn | null): string[] | null {
  if (model === null) {
    return turns.every(({ over }) => over) ? null : ["The upstream is still listened to."];
  }
  const turn = turns[model.round];
  return turn === undefined ? null : askedView(turn.request);
}
