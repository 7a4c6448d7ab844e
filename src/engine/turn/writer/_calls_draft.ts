/** A tool_calls step of function calls while the response streams. */

import type OpenAI from "openai";
import type { RunStep } from "../../../store/mod.ts";

type FunctionCall = OpenAI.Beta.Threads.Runs.FunctionToolCall;
type CallDelta = OpenAI.Beta.Threads.Runs.FunctionToolCallDelta;

/** Accumulates function calls and their arguments, and returns the delta of each addition. */
export class CallsDraft {
  /** The step as it was created, without calls. */
  readonly #initial: RunStep;
  readonly #calls: FunctionCall[] = [];

  constructor(step: RunStep) {
    this.#initial = step;
  }

  get id(): string {
    return this.#initial.id;
  }

  /** The calls received so far. This is the live array, not a copy. */
  get calls(): readonly FunctionCall[] {
    return this.#calls;
  }

  get step_details(): RunStep["step_details"] {
    return { type: "tool_calls", tool_calls: this.#calls };
  }

  /** The step with all calls received so far. */
  get step(): RunStep {
    return { ...this.#initial, step_details: this.step_details };
  }

  /** Adds a call without arguments. */
  add(id: string, name: string): CallDelta {
    const empty = { name, arguments: "", output: null };
    const index = this.#calls.push({ id, type: "function", function: { ...empty } }) - 1;
    return { index, id, type: "function", function: empty };
  }

  /** Appends to the arguments of a call. */
  write(index: number, added: string): CallDelta {
    const call = this.#calls[index];
    if (call !== undefined) call.function.arguments += added;
    return { index, type: "function", function: { arguments: added } };
  }

  /** Replaces the arguments of a call with the complete ones, when the deltas were wrong. */
  replaceArguments(index: number, complete: string): void {
    const call = this.#calls[index];
    if (call !== undefined) call.function.arguments = complete;
  }
}
