/** What searches have found, word by word: run steps have it, and show it to those who ask for it. */

import type { RunStep } from "../../store/mod.ts";
import type { RunEvent } from "../objects/events.ts";
import type { Sink } from "../objects/events.ts";
import { array, oneOf } from "../objects/validation.ts";

const include = array(oneOf(["step_details.tool_calls[*].file_search.results[*].content"]));

/**
 * Whether the query asks for the contents of search results.
 *
 * @throws {ApiError} 400 for something that a run step cannot include
 */
export function asksForContents(query: string): boolean {
  const given = new URLSearchParams(query);
  const asked = include([...given.getAll("include[]"), ...given.getAll("include")], "include");
  return asked.length > 0;
}

/** The step as it is shown to those who do not ask for the contents. */
export function withoutContents(step: RunStep): RunStep {
  const { step_details } = step;
  if (step_details.type !== "tool_calls") return step;
  const tool_calls = step_details.tool_calls.map((call) => {
    if (call.type !== "file_search") return call;
    const results = call.file_search.results?.map(({ content: _, ...result }) => result);
    return { ...call, file_search: { ...call.file_search, results } };
  });
  return { ...step, step_details: { type: "tool_calls", tool_calls } };
}

/** The same sink, which lets no contents through. */
export function leavingOutContents(sink: Sink): Sink {
  return {
    send: (event) => sink.send(plain(event)),
    fail: (error) => sink.fail(error),
  };
}

function plain(event: RunEvent): RunEvent {
  const { data } = event;
  if (!("object" in data) || data.object !== "thread.run.step") return event;
  // Only the step in it is another.
  return { ...event, data: withoutContents(data) } as RunEvent;
}
