/** The state transitions of runs, with the changes to their messages and steps. */

import {
  ACTIVE_STATUSES,
  type Message,
  type Run,
  type RunChange,
  type RunItem,
  type RunState,
  type RunStep,
} from "../../store/mod.ts";
import { type RunEvent, statusEvent } from "./events.ts";

/** How a run ends. */
export type Outcome =
  | { status: "completed" }
  | { status: "incomplete"; reason: IncompleteReason }
  | { status: "failed"; error: RunError }
  | { status: "cancelled" }
  | { status: "expired" };

/** `content_filter` is not in the published schema, but the live API returned it. */
export type IncompleteReason = "max_completion_tokens" | "max_prompt_tokens" | "content_filter";

export type Usage = NonNullable<Run["usage"]>;

export type RunError = NonNullable<Run["last_error"]>;

/** Whether a run has not ended. */
export function isActive({ status }: Run): boolean {
  return ACTIVE_STATUSES.some((active) => active === status);
}

/** Whether an active run is past its expiry. @param now unix seconds */
export function isOverdue(run: Run, now: number): boolean {
  return isActive(run) && run.expires_at !== null && run.expires_at <= now;
}

/** Returns the change that expires a run, or undefined if it is not overdue. @param now unix seconds */
export function expiring(state: RunState, now: number): RunChange | undefined {
  return isOverdue(state.run, now) ? ending(state, { status: "expired" }, now) : undefined;
}

/**
 * Returns the change that ends an active run with its messages and steps in progress. A run in
 * `cancelling` is cancelled for any outcome.
 *
 * @param now unix seconds
 * @param usage usage of the last response
 */
export function ending(
  { run, messages, steps }: Pick<RunState, "run" | "messages" | "steps">,
  outcome: Outcome,
  now: number,
  usage: Usage | null = null,
): Required<Pick<RunChange, "run" | "messages" | "steps">> {
  const end: Outcome = run.status === "cancelling" ? { status: "cancelled" } : outcome;
  const last = steps.length - 1;
  return {
    messages: messages.map((message) => endMessage(message, end, now)),
    steps: steps.map((step, index) => endStep(step, end, now, index === last ? usage : null)),
    run: endRun(run, end, now, usage),
  };
}

/**
 * Returns the change that discards an attempt before the run is restarted: its messages and steps
 * in progress fail, and are not replayed.
 *
 * @param now unix seconds
 */
export function abandoning(state: RunState, error: RunError, now: number): RunChange {
  const { messages, steps } = ending(state, { status: "failed", error }, now);
  return { messages, steps };
}

/**
 * Returns the change that moves a run to `requires_action`. A run in `cancelling` is cancelled
 * instead.
 *
 * @param items raw output of the response that ends with the calls
 * @param now unix seconds
 */
export function requiringAction(
  state: Pick<RunState, "run" | "messages" | "steps">,
  items: RunItem[],
  now: number,
  usage: Usage | null,
): RunChange {
  const { run, messages, steps } = state;
  if (run.status === "cancelling") return ending(state, { status: "cancelled" }, now, usage);
  const tool_calls = steps.flatMap(pendingCalls);
  return {
    messages: messages.map((message) => completeMessage(message, now)),
    run: {
      ...run,
      status: "requires_action",
      required_action: { type: "submit_tool_outputs", submit_tool_outputs: { tool_calls } },
      usage: sum(run.usage, usage),
    },
    steps: steps.map((step) => pendingCalls(step).length > 0 ? step : completeStep(step, now)),
    items,
    lease: null,
  };
}

/** Returns the events of a change: finished messages and steps in this order, then the run. */
export function eventsOf({ messages = [], steps = [], run }: RunChange): RunEvent[] {
  const done = [...messages, ...steps].filter(({ status }) => status !== "in_progress");
  return [...done, ...run ? [run] : []].map(statusEvent);
}

/** Completes a message. @param now unix seconds */
export function completeMessage(message: Message, now: number): Message {
  return { ...message, status: "completed", completed_at: now };
}

/** Completes a step. @param now unix seconds */
export function completeStep(step: RunStep, now: number): RunStep {
  return { ...step, status: "completed", completed_at: now };
}

function endMessage(message: Message, outcome: Outcome, now: number): Message {
  if (outcome.status === "completed") return completeMessage(message, now);
  return {
    ...message,
    status: "incomplete",
    incomplete_at: now,
    incomplete_details: { reason: messageReason(outcome) },
  };
}

function messageReason(
  outcome: Exclude<Outcome, { status: "completed" }>,
): NonNullable<Message["incomplete_details"]>["reason"] {
  switch (outcome.status) {
    case "incomplete":
      return outcome.reason === "content_filter" ? "content_filter" : "max_tokens";
    case "failed":
      return "run_failed";
    case "cancelled":
      return "run_cancelled";
    case "expired":
      return "run_expired";
  }
}

function endStep(step: RunStep, outcome: Outcome, now: number, usage: Usage | null): RunStep {
  switch (outcome.status) {
    // An incomplete run leaves its message incomplete, but its step completed.
    case "completed":
    case "incomplete":
      return { ...completeStep(step, now), usage };
    case "failed": {
      const { code, message } = outcome.error;
      const last_error: RunStep["last_error"] = {
        // Steps have no code for an invalid prompt.
        code: code === "rate_limit_exceeded" ? code : "server_error",
        message,
      };
      return { ...step, status: "failed", failed_at: now, last_error, usage };
    }
    case "cancelled":
      return { ...step, status: "cancelled", cancelled_at: now, usage };
    case "expired":
      return { ...step, status: "expired", expired_at: now, usage };
  }
}

function endRun(before: Run, outcome: Outcome, now: number, usage: Usage | null): Run {
  const run: Run = { ...before, required_action: null, usage: sum(before.usage, usage) };
  switch (outcome.status) {
    case "completed":
      return { ...run, status: "completed", completed_at: now, expires_at: null };
    case "incomplete": {
      // The SDK's type follows the published schema, which lacks content_filter.
      const reason = outcome.reason as NonNullable<Run["incomplete_details"]>["reason"];
      return { ...run, status: "incomplete", incomplete_details: { reason } };
    }
    case "failed":
      return { ...run, status: "failed", failed_at: now, last_error: outcome.error };
    case "cancelled":
      return { ...run, status: "cancelled", cancelled_at: now };
    case "expired":
      return { ...run, status: "expired" };
  }
}

function pendingCalls({ step_details }: RunStep) {
  if (step_details.type !== "tool_calls") return [];
  return step_details.tool_calls.filter((call) => call.type === "function").map((
    { id, type, function: { name, arguments: given } },
  ) => ({ id, type, function: { name, arguments: given } }));
}

/** Returns `whole` minus the usage of its `parts`. */
export function remainder(whole: Usage, parts: Usage[]): Usage {
  return parts.reduce((left, part) => ({
    prompt_tokens: left.prompt_tokens - part.prompt_tokens,
    completion_tokens: left.completion_tokens - part.completion_tokens,
    total_tokens: left.total_tokens - part.total_tokens,
  }), whole);
}

function sum(left: Usage | null, right: Usage | null): Usage | null {
  if (left === null || right === null) return left ?? right;
  return {
    prompt_tokens: left.prompt_tokens + right.prompt_tokens,
    completion_tokens: left.completion_tokens + right.completion_tokens,
    total_tokens: left.total_tokens + right.total_tokens,
  };
}
