/** What the upstream is asked. */

import type { ResponseEvent } from "./_actions.ts";
import { type Call, isHosted, type Message, type Run, type Thread } from "./_world.ts";

/** How a refusal is told from a text. */
export const REFUSED = "(refused) ";

/**
 * What the upstream is shown: the thread before the run, in which a failed run leaves no half
 * answers, and then what has gone to and fro in this run.
 */
export function inputOf({ messages, runs, order }: Thread, run: Run): string[] {
  const steps = runs.filter((other) => other !== run).flatMap(({ steps }) => steps);
  const before = order.flatMap((name) => {
    const message = messages.find((message) => message.name === name);
    if (message) return message.run === run.name ? [] : messageLines(message);
    const step = steps.find((step) => step.name === name);
    // What ran at the upstream does not go back there.
    const answered = step === undefined || isHosted(step) ? [] : step.calls ?? [];
    return answered.filter(({ output }) => output !== null)
      .flatMap((call) => [callLine(call), outputLine(call)]);
  });
  return [...before, ...run.inner.items];
}

function messageLines({ role, text, reason }: Message): string[] {
  const said = text.replace(REFUSED, "");
  return said === "" || reason === "run_failed" ? [] : [`${role}: ${said}`];
}

function callLine({ id, name, arguments: args }: Call): string {
  return `call ${id} ${name} ${args}`;
}

export function outputLine({ id, output }: Call & { output: string | null }): string {
  return `output ${id} ${output}`;
}

/** An item of a response, as it goes back to the upstream; code does not, when its container is gone. */
export function itemLines(item: ResponseEvent): string[] {
  switch (item.type) {
    case "function_call":
      return [callLine({ ...item, id: item.call_id })];
    case "message":
      return [`assistant: ${item.content[0].text ?? item.content[0].refusal}`];
    case "code_interpreter_call":
      return [];
    default:
      return [item.type];
  }
}
