/** Random plans: what is to be done, in numbers that pick among what exists when it is done. */

import type { Action, NewMessage, Output, Page, Started } from "./_actions.ts";
import { type ReplyPlan, saidOf } from "./_replies.ts";
import { isActive, type Run, type Thread, type World } from "./_world.ts";

/** How far from the newest the object is that is meant. */
type Pick = number;

export type Plan =
  | { plan: "create thread"; messages: NewMessage[] }
  | { plan: "create assistant"; tools: boolean }
  | { plan: "of assistant"; assistant: Pick; what: "delete assistant" }
  | { plan: "of thread"; thread: Pick; what: "get thread" | "modify thread" | "delete thread" }
  | { plan: "create message"; thread: Pick; message: NewMessage }
  | {
    plan: "of message";
    thread: Pick;
    message: Pick;
    what: "get message" | "modify message" | "delete message";
    stray: boolean;
  }
  | ({ plan: "create run"; thread: Pick } & RunPlan)
  | ({ plan: "create thread and run" } & RunPlan)
  | { plan: "of run"; run: Pick; what: "get run" | "modify run" | "cancel run"; stray: boolean }
  | { plan: "submit"; run: Pick; how: Submission; stream: boolean }
  | { plan: "list"; what: "list messages" | "list runs" | "list steps"; of: Pick; page: PagePlan }
  | { plan: "upstream"; run: Pick; reply: ReplyPlan; events: number }
  | { plan: "advance"; seconds: number };

interface RunPlan extends Started {
  assistant: Pick;
}

type Submission = "right" | "turned round" | "one missing" | "one wrong" | "one twice" | "none";

interface PagePlan {
  limit: number;
  descending: boolean;
  after: Pick | null;
  before: Pick | null;
  /** Only messages of this run. */
  run: Pick | null;
}

/** What a plan comes to in this world; undefined where there is nothing to do it to. */
export function actionOf(world: World, plan: Plan): Action | undefined {
  switch (plan.plan) {
    case "create thread":
      return { do: plan.plan, messages: plan.messages };
    case "create assistant":
      return { do: plan.plan, tools: plan.tools };
    case "of assistant": {
      const assistant = newest(world.assistants, plan.assistant);
      return assistant && { do: plan.what, assistant: assistant.name };
    }
    case "of thread": {
      const thread = newest(world.threads, plan.thread)?.name;
      if (thread === undefined) return undefined;
      return plan.what === "modify thread"
        ? { do: plan.what, thread, metadata: newMetadata(world) }
        : { do: plan.what, thread };
    }
    case "create message": {
      const thread = newest(world.threads, plan.thread);
      return thread && { do: plan.plan, thread: thread.name, message: plan.message };
    }
    case "of message": {
      const owner = newest(
        world.threads.filter(({ messages }) => messages.length > 0),
        plan.thread,
      );
      const message = owner && newest(owner.messages, plan.message)?.name;
      if (owner === undefined || message === undefined) return undefined;
      const thread = plan.stray ? otherThan(world, owner) : owner.name;
      return plan.what === "modify message"
        ? { do: plan.what, thread, message, metadata: newMetadata(world) }
        : { do: plan.what, thread, message };
    }
    case "create run": {
      const { messages, tools, stream } = plan;
      const thread = newest(world.threads, plan.thread)?.name;
      const assistant = newest(world.assistants, plan.assistant)?.name;
      if (thread === undefined || assistant === undefined) return undefined;
      return { do: plan.plan, thread, assistant, messages, tools, stream };
    }
    case "create thread and run": {
      const { messages, tools, stream } = plan;
      const assistant = newest(world.assistants, plan.assistant)?.name;
      if (assistant === undefined) return undefined;
      return { do: plan.plan, assistant, messages, tools, stream };
    }
    case "of run": {
      const [owner, run] = newest(runsOf(world), plan.run) ?? [];
      if (owner === undefined || run === undefined) return undefined;
      const of = { thread: plan.stray ? otherThan(world, owner) : owner.name, run: run.name };
      return plan.what === "modify run"
        ? { do: plan.what, ...of, metadata: newMetadata(world) }
        : { do: plan.what, ...of };
    }
    case "submit": {
      const [thread, run] = newest(runsOf(world), plan.run) ?? [];
      if (thread === undefined || run === undefined) return undefined;
      const outputs = outputsOf(world, run, plan.how);
      return { do: plan.plan, thread: thread.name, run: run.name, outputs, stream: plan.stream };
    }
    case "list":
      return listOf(world, plan);
    case "upstream": {
      const asking = runsOf(world).filter(([, { inner }]) => inner.turn !== null);
      const [thread, run] = newest(asking, plan.run) ?? [];
      if (thread === undefined || run === undefined) return undefined;
      const { said, rest } = saidOf(world, run, plan.reply, plan.events);
      return { do: plan.plan, thread: thread.name, run: run.name, said, rest };
    }
    case "advance":
      return { do: plan.plan, ms: plan.seconds * 1000, late: false };
  }
}

function newest<T>(objects: readonly T[], pick: Pick): T | undefined {
  return objects[objects.length - 1 - pick % objects.length];
}

/** All runs with their threads: those that are active are the newest. */
export function runsOf(world: World): [Thread, Run][] {
  const all = world.threads.flatMap((thread) =>
    thread.runs.map((run): [Thread, Run] => [thread, run])
  );
  return [...all.filter(([, run]) => !isActive(run)), ...all.filter(([, run]) => isActive(run))];
}

/** A thread that is not this one, where there is any. */
function otherThan(world: World, { name }: Thread): string {
  return world.threads.find((thread) => thread.name !== name)?.name ?? name;
}

function newMetadata(world: World): Record<string, string> {
  return { change: String(world.named++) };
}

function outputsOf(world: World, { calls, steps }: Run, how: Submission): Output[] {
  const ids = calls?.map(({ id }) => id) ??
    steps.flatMap(({ calls }) => calls ?? []).map(({ id }) => id);
  const outputs = ids.map((tool_call_id) => ({ tool_call_id, output: `is ${world.named++}` }));
  const [first = { tool_call_id: "call_0", output: "none" }] = outputs;
  switch (how) {
    case "right":
      return outputs;
    case "turned round":
      return outputs.toReversed();
    case "one missing":
      return outputs.slice(1);
    case "one wrong":
      return [...outputs.slice(1), { ...first, tool_call_id: "call_unknown" }];
    case "one twice":
      return [...outputs, first];
    case "none":
      return [];
  }
}

function listOf(world: World, { what, of, page: plan }: Plan & { plan: "list" }) {
  if (what === "list steps") {
    const [thread, run] = newest(runsOf(world), of) ?? [];
    if (thread === undefined || run === undefined) return undefined;
    return { do: what, thread: thread.name, run: run.name, page: pageOf(run.steps, plan) };
  }
  const thread = newest(world.threads, of);
  if (thread === undefined) return undefined;
  if (what === "list runs") {
    return { do: what, thread: thread.name, page: pageOf(thread.runs, plan) };
  }
  const run = plan.run === null ? undefined : newest(thread.runs, plan.run)?.name;
  const messages = thread.messages.filter((message) => !run || message.run === run);
  const page = pageOf(messages, plan);
  return { do: what, thread: thread.name, page, ...run === undefined ? {} : { run } };
}

function pageOf(objects: readonly { name: string }[], plan: PagePlan): Page {
  const cursor = (pick: Pick | null) => pick === null ? undefined : newest(objects, pick)?.name;
  const { limit, descending } = plan;
  return { limit, descending, after: cursor(plan.after), before: cursor(plan.before) };
}
