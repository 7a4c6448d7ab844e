/** What the upstream is asked. */

import type { ResponseEvent } from "./_actions.ts";
import type { Call, Message, Run, Thread } from "./_world.ts";

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
    const answered = steps.find((step) => step.name === name)?.calls ?? [];
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

/** An item of a response, as it goes back to the upstream. */
export function itemLine(item: ResponseEvent): string {
  switch (item.type) {
    case "function_call":
      return callLine({ ...item, id: item.call_id });
    case "message":
      return `assistant: ${item.content[0].text ?? item.content[0].refusal}`;
    default:
      return item.type;
  }
}
