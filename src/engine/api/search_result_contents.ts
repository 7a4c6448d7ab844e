/** The text of file search results, which run steps contain only on request. */

import type { RunStep } from "../../store/mod.ts";
import type { RunEvent } from "../objects/events.ts";
import type { Sink } from "../objects/events.ts";
import { array, oneOf } from "../objects/validation.ts";

const include = array(oneOf(["step_details.tool_calls[*].file_search.results[*].content"]));

/**
 * Whether a query includes the contents of search results.
 *
 * @throws {ApiError} 400 for an unsupported `include` value
 */
export function includesContents(query: string): boolean {
  const given = new URLSearchParams(query);
  const asked = include([...given.getAll("include[]"), ...given.getAll("include")], "include");
  return asked.length > 0;
}

/** Returns a step without the contents of its search results. */
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

/** Returns a sink that removes the contents of search results from steps. */
export function sinkWithoutContents(sink: Sink): Sink {
  return {
    send: (event) => sink.send(plain(event)),
    fail: (error) => sink.fail(error),
  };
}

function plain(event: RunEvent): RunEvent {
  const { data } = event;
  if (!("object" in data) || data.object !== "thread.run.step") return event;
  // The type follows from the event, which keeps its name.
  return { ...event, data: withoutContents(data) } as RunEvent;
}
