/** A step of one call that runs at the upstream, while it runs. */

import type OpenAI from "openai";
import type { RunStep } from "../../../store/mod.ts";

type CallDelta = OpenAI.Beta.Threads.Runs.ToolCallDelta;
/** A call that runs at the upstream. */
export type HostedCall =
  | OpenAI.Beta.Threads.Runs.CodeInterpreterToolCall
  | OpenAI.Beta.Threads.Runs.FileSearchToolCall;

export class HostedDraft {
  /** The step as it began. */
  readonly #begun: RunStep;
  #call: HostedCall;

  constructor(step: RunStep, call: HostedCall) {
    this.#begun = step;
    this.#call = call;
  }

  get id(): string {
    return this.#begun.id;
  }

  get step_details(): RunStep["step_details"] {
    return { type: "tool_calls", tool_calls: [this.#call] };
  }

  /** The step with all that has come. */
  get step(): RunStep {
    return { ...this.#begun, step_details: this.step_details };
  }

  /** The call as it began. */
  get first(): CallDelta {
    const { id, type } = this.#call;
    return type === "code_interpreter"
      ? { index: 0, id, type, code_interpreter: { input: "", outputs: [] } }
      : { index: 0, id, type, file_search: {} };
  }

  /** Adds to the code. */
  write(added: string): CallDelta | undefined {
    const call = this.#call;
    if (call.type !== "code_interpreter" || added === "") return undefined;
    const { input, outputs } = call.code_interpreter;
    this.#call = { ...call, code_interpreter: { input: input + added, outputs } };
    return { index: 0, type: call.type, code_interpreter: { input: added } };
  }

  /** Replaces the call by what has become of it; returns what that adds. */
  finish(call: HostedCall): CallDelta[] {
    const before = this.#call;
    this.#call = call;
    if (before.type !== "code_interpreter" || call.type !== before.type) return [];
    const { input, outputs } = call.code_interpreter;
    const come = before.code_interpreter.input;
    const deltas: CallDelta[] = [];
    if (input.startsWith(come) && input !== come) {
      deltas.push({
        index: 0,
        type: call.type,
        code_interpreter: { input: input.slice(come.length) },
      });
    }
    if (outputs.length > 0) {
      const added = outputs.map((output, index) => ({ index, ...output }));
      deltas.push({ index: 0, type: call.type, code_interpreter: { outputs: added } });
    }
    return deltas;
  }
}
