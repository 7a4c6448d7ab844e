/** The step of one hosted tool call while it runs at the upstream. */

import type OpenAI from "openai";
import type { RunStep } from "../../../store/mod.ts";

type CallDelta = OpenAI.Beta.Threads.Runs.ToolCallDelta;

/** A call of a hosted tool, which runs at the upstream. */
export type HostedCall =
  | OpenAI.Beta.Threads.Runs.CodeInterpreterToolCall
  | OpenAI.Beta.Threads.Runs.FileSearchToolCall;

/** Accumulates the code and outputs of a hosted call, and returns the deltas. */
export class HostedDraft {
  /** The step as it was created. */
  readonly #initial: RunStep;
  #call: HostedCall;

  constructor(step: RunStep, call: HostedCall) {
    this.#initial = step;
    this.#call = call;
  }

  get id(): string {
    return this.#initial.id;
  }

  get step_details(): RunStep["step_details"] {
    return { type: "tool_calls", tool_calls: [this.#call] };
  }

  /** The step with everything received so far. */
  get step(): RunStep {
    return { ...this.#initial, step_details: this.step_details };
  }

  /** The delta that introduces the call. */
  get initialDelta(): CallDelta {
    const { id, type } = this.#call;
    return type === "code_interpreter"
      ? { index: 0, id, type, code_interpreter: { input: "", outputs: [] } }
      : { index: 0, id, type, file_search: {} };
  }

  /** Appends to the code of a code_interpreter call. */
  write(added: string): CallDelta | undefined {
    const call = this.#call;
    if (call.type !== "code_interpreter" || added === "") return undefined;
    const { input, outputs } = call.code_interpreter;
    this.#call = { ...call, code_interpreter: { input: input + added, outputs } };
    return { index: 0, type: call.type, code_interpreter: { input: added } };
  }

  /** Replaces the call with the finished one, and returns the deltas that are still missing. */
  finish(call: HostedCall): CallDelta[] {
    const before = this.#call;
    this.#call = call;
    if (before.type !== "code_interpreter" || call.type !== before.type) return [];
    const { input, outputs } = call.code_interpreter;
    const received = before.code_interpreter.input;
    const deltas: CallDelta[] = [];
    if (input.startsWith(received) && input !== received) {
      deltas.push({
        index: 0,
        type: call.type,
        code_interpreter: { input: input.slice(received.length) },
      });
    }
    if (outputs.length > 0) {
      const added = outputs.map((output, index) => ({ index, ...output }));
      deltas.push({ index: 0, type: call.type, code_interpreter: { outputs: added } });
    }
    return deltas;
  }
}
