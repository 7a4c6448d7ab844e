/** What the upstream says, and what a run makes of it: messages and calls, each in a step of its own. */

import type { ResponseEvent, Rest, Said } from "./_actions.ts";
import { itemLines, REFUSED } from "./_input_model.ts";
import { completeMessage, completeStep, end, isOpen, openMessageOf, tell } from "./_run_model.ts";
import {
  addMessage,
  isHosted,
  type Message,
  newName,
  type Run,
  seconds,
  type Step,
  type Thread,
  type World,
} from "./_world.ts";

/** The upstream says something to the run. */
export function hear(
  world: World,
  thread: Thread,
  run: Run,
  { said, rest }: { said: Said; rest: Rest | null },
): void {
  if (run.inner.turn === null) return;
  run.inner.turn.rest = rest;
  if (said.says === "nothing") return fail(world, thread, run, "server_error");
  if (said.says === "status") return fail(world, thread, run, codeOfStatus(said.status));
  for (const event of said.events) hearEvent(world, thread, run, event);
  if (said.then !== "wait") fail(world, thread, run, "server_error");
}

function hearEvent(world: World, thread: Thread, run: Run, event: ResponseEvent): void {
  if (run.inner.turn === null) return;
  begin(world, run);
  switch (event.type) {
    case "response.output_item.added":
      completeMessage(world, thread, run);
      if (event.item.type === "function_calls") openCalls(world, thread, run);
      if (event.item.type === "function_call") openCall(world, thread, run, event.item);
      if (event.item.type === "message") openMessage(world, thread, run);
      if (isHostedItem(event.item)) openHosted(world, thread, run, event.item);
      break;
    case "response.output_text.delta":
    case "response.refusal.delta": {
      const message = openMessageOf(thread, run);
      if (!message) break;
      const isRefusal = event.type === "response.refusal.delta";
      if (isRefusal && message.text === "") message.text = REFUSED;
      message.text += event.delta;
      tell(world, run, "thread.message.delta");
      break;
    }
    case "response.code_interpreter_call_code.delta": {
      const step = run.steps.find((step) => isOpen(step) && isHosted(step));
      const [call] = step?.calls ?? [];
      if (!step || !call) break;
      call.arguments += event.delta;
      tellDelta(world, run, step);
      break;
    }
    case "response.output_item.done":
      if (isHostedItem(event.item)) closeHosted(world, run, event.item);
      break;
    case "response.function_call_arguments.delta": {
      const call = openCallsOf(run)?.calls?.at(-1);
      if (call) call.arguments += event.delta;
      tell(world, run, "thread.run.step.delta");
      break;
    }
    case "response.completed": {
      count(run, event.response.usage);
      const { calls } = openCallsOf(run) ?? {};
      if (!calls) return end(world, thread, run, { status: "completed" });
      completeMessage(world, thread, run);
      for (const step of run.steps.filter(isOpen)) {
        if (step !== openCallsOf(run)) completeStep(world, run, step);
      }
      run.inner.items.push(...event.response.output.flatMap(itemLines));
      run.calls = calls.map(({ output: _, ...call }) => call);
      run.status = "requires_action";
      run.inner.turn = null;
      tell(world, run, "thread.run.requires_action");
      break;
    }
    case "response.incomplete": {
      count(run, event.response.usage);
      const { reason } = event.response.incomplete_details;
      end(world, thread, run, {
        status: "incomplete",
        reason: reason === "content_filter" ? reason : "max_completion_tokens",
      });
      break;
    }
    case "response.failed":
      fail(world, thread, run, codeOf(event.response.error.code));
      break;
    case "error":
      fail(world, thread, run, codeOf(event.code));
      break;
  }
}

function begin(world: World, run: Run): void {
  if (run.status !== "queued") return;
  run.status = "in_progress";
  run.started_at ??= seconds(world);
  tell(world, run, "thread.run.in_progress");
}

function openMessage(world: World, thread: Thread, run: Run): void {
  const message = runMessage(world, thread, run);
  openStep(world, thread, run, { message: message.name, calls: null });
  tell(world, run, "thread.message.created");
  tell(world, run, "thread.message.in_progress");
}

function runMessage(world: World, thread: Thread, run: Run): Message {
  const message = addMessage(world, thread, { role: "assistant", text: "" });
  message.status = "in_progress";
  message.completed_at = null;
  message.run = run.name;
  message.assistant = run.assistant;
  return message;
}

function openCall(
  world: World,
  thread: Thread,
  run: Run,
  { call_id, name }: { call_id: string; name: string },
): void {
  const step = openCalls(world, thread, run);
  step.calls?.push({ id: call_id, name, arguments: "", output: null });
  tell(world, run, "thread.run.step.delta");
}

/** The step that all calls of a response have in common. */
function openCalls(world: World, thread: Thread, run: Run): Step {
  return openCallsOf(run) ?? openStep(world, thread, run, { message: null, calls: [] });
}

function openStep(
  world: World,
  thread: Thread,
  run: Run,
  kind: Pick<Step, "message" | "calls">,
): Step {
  const pending = openCallsOf(run);
  for (const step of run.steps.filter(isOpen)) {
    if (step !== pending) completeStep(world, run, step);
  }
  const step = addStep(world, thread, run, kind);
  // Those who listen follow one step at a time, and calls that wait have theirs.
  if (pending) {
    run.inner.untold.push(step.name);
    return step;
  }
  tell(world, run, "thread.run.step.created");
  tell(world, run, "thread.run.step.in_progress");
  return step;
}

function openHosted(world: World, thread: Thread, run: Run, { id, type }: ResponseEvent): void {
  const name = type.replace(/_call$/, "");
  const call = { id, name, arguments: "", output: null };
  tellDelta(world, run, openStep(world, thread, run, { message: null, calls: [call] }));
}

function closeHosted(world: World, run: Run, item: ResponseEvent): void {
  const step = run.steps.find((step) => isOpen(step) && isHosted(step));
  const [call] = step?.calls ?? [];
  if (!step || !call || item.status !== "completed") return;
  const output = item.type === "code_interpreter_call"
    ? item.outputs.map(({ logs }: { logs: string }) => logs).join("")
    : item.results.map(({ filename }: { filename: string }) => filename).join("");
  call.output = output || null;
  if (item.type === "code_interpreter_call" && output) tellDelta(world, run, step);
  completeStep(world, run, step);
}

function tellDelta(world: World, run: Run, { name }: Step): void {
  if (!run.inner.untold.includes(name)) tell(world, run, "thread.run.step.delta");
}

function isHostedItem({ type }: ResponseEvent): boolean {
  return type === "file_search_call" || type === "code_interpreter_call";
}

function addStep(
  world: World,
  thread: Thread,
  run: Run,
  kind: Pick<Step, "message" | "calls">,
): Step {
  const step: Step = {
    name: newName(world, "step"),
    status: "in_progress",
    ...kind,
    error: null,
    created_at: seconds(world),
    completed_at: null,
    failed_at: null,
    cancelled_at: null,
    expired_at: null,
  };
  run.steps.push(step);
  thread.order.push(step.name);
  return step;
}

function fail(world: World, thread: Thread, run: Run, error: string): void {
  if (run.inner.turn === null) return;
  begin(world, run);
  end(world, thread, run, { status: "failed", error });
}

/** The step of function calls that is open. */
function openCallsOf({ steps }: Run): Step | undefined {
  return steps.find((step) => isOpen(step) && step.calls !== null && !isHosted(step));
}

/** Tokens are summed over all responses of a run. */
function count(run: Run, usage: { total_tokens: number } | null): void {
  if (usage) run.usage = (run.usage ?? 0) + usage.total_tokens;
}

function codeOf(code: string | null): string {
  switch (code) {
    case "rate_limit_exceeded":
    case "invalid_prompt":
      return code;
    case "bio_policy":
    case "image_parse_error":
    case "invalid_image":
      return "invalid_prompt";
    default:
      return "server_error";
  }
}

function codeOfStatus(status: number): string {
  if (status === 429) return "rate_limit_exceeded";
  return [400, 404, 422].includes(status) ? "invalid_prompt" : "server_error";
}
