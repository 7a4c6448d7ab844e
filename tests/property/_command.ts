/** A step of a sequence: done in the model and through the API, and held against each other. */

import type fc from "fast-check";
import type { Action, ResponseEvent, Said } from "./_actions.ts";
import { act, type Outcome } from "./_model.ts";
import { type Course, type Real, settle } from "./_compare.ts";
import { actionOf, type Plan, runsOf } from "./_plans.ts";
import type { World } from "./_world.ts";

export interface Model {
  world: World;
  /** Every status that a run has come to, each time it has. */
  reached: string[];
}

/** By then the engine has stored what has come, as it would be if the process died. */
const STORED: Plan = { plan: "advance", seconds: 2 };

/** Plans that are carried out together: one after the other, or at once. */
export class Step implements fc.AsyncCommand<Model, Real> {
  constructor(
    readonly plans: readonly Plan[],
    readonly how: "one" | "late" | "race",
  ) {}

  check({ world }: Readonly<Model>): boolean {
    return this.#actions(world) !== undefined;
  }

  async run(model: Model, real: Real): Promise<void> {
    if (this.how === "late") await new Step([STORED], "one").run(model, real);
    const actions = this.#actions(model.world) ?? [];
    const { api, names } = real;
    const courses = this.how === "race"
      ? race(model.world, actions)
      : [course(model.world, actions)];
    const perform = (action: Action) => api.perform(action, names);
    const answers = this.how === "race"
      ? await Promise.all(actions.map(perform))
      : await Array.fromAsync(actions, perform);
    if (this.how === "late") await api.perform({ do: "advance", ms: 0, late: false }, names);
    const taken = await settle(courses, answers, real, this.how === "race");
    model.reached.push(...newStatuses(model.world, taken.world));
    model.world = taken.world;
    real.names = taken.names;
  }

  toString(): string {
    return `${this.how}: ${JSON.stringify(this.plans)}`;
  }

  #actions(world: World): Action[] | undefined {
    const actions = this.plans.map((plan) => actionOf(world, plan));
    if (!actions.every((action) => action !== undefined)) return undefined;
    // The upstream gives a run one answer at a time.
    if (this.how === "race" && actions.every((action) => action.do === "upstream")) {
      return undefined;
    }
    if (this.how !== "late") return actions;
    return actions.map((action) => action.do === "advance" ? { ...action, late: true } : action);
  }
}

function newStatuses(before: World, after: World): string[] {
  const old = new Map(runsOf(before).map(([, { name, status }]) => [name, status]));
  return runsOf(after).flatMap(([, { name, status }]) => old.get(name) === status ? [] : [status]);
}

function course(before: World, actions: readonly Action[]): Course {
  const world = structuredClone(before);
  return { world, outcomes: actions.map((action) => act(world, action)) };
}

/** All that two actions at once may come to: either may be first, or come amid the other's events. */
function race(before: World, [first, second]: readonly Action[]): Course[] {
  if (first === undefined || second === undefined) return [];
  const orders = first.do === "upstream"
    ? splits(first).map(([begin, rest]): Turn[] => [[0, begin], [1, second], [0, rest]])
    : second.do === "upstream"
    ? splits(second).map(([begin, rest]): Turn[] => [[1, begin], [0, first], [1, rest]])
    : [[[0, first], [1, second]], [[1, second], [0, first]]] satisfies Turn[][];
  return orders.flatMap((order) => {
    const world = structuredClone(before);
    const outcomes: Outcome[] = [];
    for (const [whose, action] of order) outcomes[whose] = act(world, action);
    return [{ world, outcomes }, ...paidLate({ world, outcomes }, order)];
  });
}

/** A response that ends while its run is being cancelled is paid for all the same. */
function paidLate({ world, outcomes }: Course, order: readonly Turn[]): Course[] {
  const [, between, last] = order.map(([, action]) => action);
  if (between?.do !== "cancel run" || last?.do !== "upstream") return [];
  const usage = last.said.says === "events" && last.said.events.at(-1)?.response?.usage;
  const paid = structuredClone(world);
  const thread = paid.threads.find(({ name }) => name === last.thread);
  const run = thread?.runs.find(({ name }) => name === last.run);
  if (!usage || run?.status !== "cancelled") return [];
  run.usage = (run.usage ?? 0) + usage.total_tokens;
  return [{ world: paid, outcomes }];
}

/** Whose turn it is, and what is done. */
type Turn = [whose: number, action: Action];

type Upstream = Action & { do: "upstream" };

/** What the upstream says in two parts, in each way in which it can be cut. */
function splits(action: Upstream): [Upstream, Upstream][] {
  const { said } = action;
  const saying = (events: ResponseEvent[], then: Events["then"] = "wait"): Upstream => ({
    ...action,
    said: { says: "events", events, then },
  });
  // Whatever comes of it, the run is taken up first.
  const taken = saying([{ type: "response.created" }]);
  const whole: [Upstream, Upstream][] = [[action, saying([])], [saying([]), action], [
    taken,
    action,
  ]];
  if (said.says !== "events") return whole;
  const events = said.events.flatMap(inParts);
  return [
    ...whole,
    // The last cut is before the end of the stream, which may come later than all of its events.
    ...[...events.keys(), events.length].map((at): [Upstream, Upstream] => [
      saying(events.slice(0, at)),
      saying(events.slice(at), said.then),
    ]),
  ];
}

/** What is done for a new item is not done at once: what was open ends, a step opens, a call comes to it. */
function inParts(event: ResponseEvent): ResponseEvent[] {
  if (event.type !== "response.output_item.added") return [event];
  const { type } = event.item;
  const before = [{ ...event, item: { type: "nothing yet" } }];
  if (type === "function_call") before.push({ ...event, item: { type: "function_calls" } });
  return [...before, event];
}

type Events = Said & { says: "events" };
