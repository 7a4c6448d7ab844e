/** The life of a run by the contract: from queued to its end, with what it writes on the way. */

import { type Output, refuse, type Started } from "./_actions.ts";
import { inputOf, outputLine } from "./_input_model.ts";
import {
  type Assistant,
  isActive,
  type Message,
  newName,
  type Run,
  type RunView,
  seconds,
  type Step,
  type Thread,
  type World,
} from "./_world.ts";

type Ending =
  | { status: "completed" | "cancelled" | "expired" }
  | { status: "incomplete"; reason: "max_completion_tokens" | "content_filter" }
  | { status: "failed"; error: string };

const LIFETIME_S = 600;

export function startRun(
  world: World,
  thread: Thread,
  assistant: Assistant,
  { tools, stream }: Pick<Started, "tools" | "stream">,
  before: string[] = [],
): Run {
  const now = seconds(world);
  const run: Run = {
    name: newName(world, "run"),
    thread: thread.name,
    assistant: assistant.name,
    status: "queued",
    calls: null,
    error: null,
    incomplete: null,
    created_at: now,
    expires_at: now + LIFETIME_S,
    started_at: null,
    completed_at: null,
    failed_at: null,
    cancelled_at: null,
    usage: null,
    metadata: {},
    steps: [],
    inner: { tools: tools ?? assistant.tools, rounds: 0, items: [], turn: null, untold: [] },
  };
  thread.runs.push(run);
  if (stream) world.streams.push({ run: run.name, open: true, events: [...before] });
  ask(thread, run);
  tell(world, run, "thread.run.created");
  tell(world, run, "thread.run.queued");
  return run;
}

/** A run without its steps, which are asked for by themselves, and as it is now. */
export function viewOfRun({ steps: _, inner: __, ...view }: Run): RunView {
  return structuredClone(view);
}

export function cancel(world: World, thread: Thread, run: Run): unknown {
  if (!isActive(run)) refuse(400, `Cannot cancel run with status '${run.status}'.`);
  run.status = "cancelling";
  const answer = viewOfRun(run);
  tell(world, run, "thread.run.cancelling");
  end(world, thread, run, { status: "cancelled" });
  return answer;
}

export function submit(
  world: World,
  thread: Thread,
  run: Run,
  { outputs, stream }: { outputs: Output[]; stream: boolean },
): void {
  if (run.status !== "requires_action") {
    refuse(400, `Runs in status "${run.status}" do not accept tool outputs.`);
  }
  const wanted = (run.calls ?? []).map(({ id }) => id);
  const got = outputs.map(({ tool_call_id }) => tool_call_id);
  if (wanted.toSorted().join() !== got.toSorted().join()) {
    refuse(400, `Expected tool outputs for call_ids ${list(wanted)}, got ${list(got)}`);
  }
  if (stream) world.streams.push({ run: run.name, open: true, events: [] });
  for (const step of run.steps.filter(isOpen)) {
    for (const call of step.calls ?? []) {
      call.output = outputs.find(({ tool_call_id }) => tool_call_id === call.id)?.output ?? null;
      run.inner.items.push(outputLine(call));
    }
    completeStep(world, run, step);
  }
  run.calls = null;
  run.status = "queued";
  run.inner.rounds++;
  ask(thread, run);
  tell(world, run, "thread.run.queued");
}

function ask(thread: Thread, run: Run): void {
  const { inner } = run;
  inner.turn = { round: inner.rounds, asked: inputOf(thread, run), rest: null };
}

/** Ends what has outlived its time. */
export function expireOverdue(world: World, thread: Thread): void {
  for (const run of thread.runs) {
    if (!isActive(run) || run.expires_at === null || run.expires_at > seconds(world)) continue;
    end(world, thread, run, { status: "expired" });
  }
}

/** The thread of the run is deleted: whoever follows it hears of an end. */
export function vanish(world: World, thread: Thread, run: Run): void {
  if (isActive(run)) end(world, thread, run, { status: "cancelled" });
}

export function completeMessage(world: World, thread: Thread, run: Run): void {
  const message = openMessageOf(thread, run);
  if (!message) return;
  message.status = "completed";
  message.completed_at = seconds(world);
  tell(world, run, "thread.message.completed");
}

export function completeStep(world: World, run: Run, step: Step): void {
  step.status = "completed";
  step.completed_at = seconds(world);
  tellOf(world, run, step);
}

export function end(world: World, thread: Thread, run: Run, ending: Ending): void {
  const now = seconds(world);
  if (ending.status === "completed") completeMessage(world, thread, run);
  const message = openMessageOf(thread, run);
  if (message) {
    message.status = "incomplete";
    message.incomplete_at = now;
    message.reason = reasonOf(ending);
    tell(world, run, "thread.message.incomplete");
  }
  for (const step of run.steps) {
    if (isOpen(step)) endStep(world, run, step, ending);
  }
  run.status = ending.status;
  run.calls = null;
  run.inner.turn = null;
  switch (ending.status) {
    case "completed":
      run.completed_at = now;
      run.expires_at = null;
      break;
    case "incomplete":
      run.incomplete = ending.reason;
      break;
    case "failed":
      run.failed_at = now;
      run.error = ending.error;
      break;
    case "cancelled":
      run.cancelled_at = now;
      break;
  }
  tell(world, run, `thread.run.${run.status}`);
}

function endStep(world: World, run: Run, step: Step, ending: Ending): void {
  if (ending.status === "completed" || ending.status === "incomplete") {
    return completeStep(world, run, step);
  }
  step.status = ending.status;
  step[`${ending.status}_at`] = seconds(world);
  if (ending.status === "failed") {
    // A step's error has two codes only.
    step.error = ending.error === "rate_limit_exceeded" ? ending.error : "server_error";
  }
  tellOf(world, run, step);
}

function reasonOf(ending: Ending): string {
  switch (ending.status) {
    case "incomplete":
      return ending.reason === "content_filter" ? "content_filter" : "max_tokens";
    case "failed":
      return "run_failed";
    default:
      return `run_${ending.status}`;
  }
}

export function openMessageOf({ messages }: Thread, { name }: Run): Message | undefined {
  return messages.find(({ run, status }) => run === name && status === "in_progress");
}

export function isOpen({ status }: Step): boolean {
  return status === "in_progress";
}

function list(ids: readonly string[]): string {
  return `[${ids.map((id) => `'${id}'`).join(", ")}]`;
}

/** Tells how a step is, unless nobody is told of it. */
function tellOf(world: World, run: Run, { name, status }: Step): void {
  if (!run.inner.untold.includes(name)) tell(world, run, `thread.run.step.${status}`);
}

/** Tells whoever follows the run. */
export function tell(world: World, run: Run, event: string): void {
  const isLast = /^thread\.run\.(requires_action|completed|incomplete|failed|cancelled|expired)$/;
  for (const stream of world.streams) {
    if (stream.run !== run.name || !stream.open) continue;
    if (!event.endsWith(".delta") || stream.events.at(-1) !== event) stream.events.push(event);
    if (isLast.test(event)) stream.open = false;
  }
}
