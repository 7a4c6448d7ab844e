/** A tool_calls step while it is being written: calls come to it, and their arguments grow. */

import type OpenAI from "openai";
import type { RunStep } from "../../../store/mod.ts";

type FunctionCall = OpenAI.Beta.Threads.Runs.FunctionToolCall;
type CallDelta = OpenAI.Beta.Threads.Runs.FunctionToolCallDelta;

export class CallsDraft {
  /** The step as it began. */
  readonly #begun: RunStep;
  readonly #calls: FunctionCall[] = [];

  constructor(step: RunStep) {
    this.#begun = step;
  }

  get id(): string {
    return this.#begun.id;
  }

  /** The calls so far; they go on growing. */
  get calls(): readonly FunctionCall[] {
    return this.#calls;
  }

  get step_details(): RunStep["step_details"] {
    return { type: "tool_calls", tool_calls: this.#calls };
  }

  /** The step with all that has come. */
  get step(): RunStep {
    return { ...this.#begun, step_details: this.step_details };
  }

  add(id: string, name: string): CallDelta {
    const empty = { name, arguments: "", output: null };
    const index = this.#calls.push({ id, type: "function", function: { ...empty } }) - 1;
    return { index, id, type: "function", function: empty };
  }

  /** Adds to the arguments of a call. */
  write(index: number, added: string): CallDelta {
    const call = this.#calls[index];
    if (call !== undefined) call.function.arguments += added;
    return { index, type: "function", function: { arguments: added } };
  }

  /** Replaces the arguments of a call by what they have turned out to be. */
  correct(index: number, whole: string): void {
    const call = this.#calls[index];
    if (call !== undefined) call.function.arguments = whole;
  }
}
