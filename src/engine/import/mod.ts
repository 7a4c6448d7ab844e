/** Reads exported objects, of this engine or of OpenAI's Assistants API, for the import into a store. */

import type { Kind, Message, Objects, Run, RunStep } from "../../store/mod.ts";
import { invalid } from "../objects/errors.ts";
import { ending, isActive } from "../objects/transitions.ts";
import { anyObject, type Check } from "../objects/validation.ts";
import { skippedPaths } from "./_fields.ts";
import { withAttachments, withFileSearch, withFileSearchCalls } from "./_first_version.ts";
import { message } from "./_message.ts";
import { assistant, run, thread } from "./_objects.ts";
import { step } from "./_step.ts";

/** An object that can be stored. */
export interface ImportedObject {
  kind: Kind;
  object: Objects[Kind];
  /** The paths of unknown fields, such as `usage.prompt_token_details`. */
  skippedPaths: string[];
}

interface ObjectReader<K extends Kind> {
  kind: K;
  check: Check<Objects[K]>;
  /** Converts objects of the API's first version. */
  convert?: (given: Record<string, unknown>) => Record<string, unknown>;
  /** Ends objects that are in progress. */
  end?: (object: Objects[K], now: number) => Objects[K];
}

type Reader = (given: Record<string, unknown>, now: number) => ImportedObject;

/** The readers by the `object` field. */
const READERS = new Map<unknown, Reader>([
  ["assistant", reader({ kind: "assistant", check: assistant, convert: withFileSearch })],
  ["thread", reader({ kind: "thread", check: thread })],
  [
    "thread.message",
    reader({ kind: "message", check: message, convert: withAttachments, end: endMessage }),
  ],
  ["thread.run", reader({ kind: "run", check: run, convert: withFileSearch, end: endRun })],
  [
    "thread.run.step",
    reader({ kind: "step", check: step, convert: withFileSearchCalls, end: endStep }),
  ],
]);

/**
 * Reads one object. Active runs, and messages and steps in progress, are expired.
 *
 * @param now unix seconds
 * @throws {ApiError} 400 if the value is not such an object or exceeds the engine's limits
 */
export function readImportedObject(value: unknown, now: number): ImportedObject {
  const given = anyObject(value, "");
  const read = READERS.get(given.object);
  if (read !== undefined) return read(given, now);
  const is = JSON.stringify(given.object)?.slice(0, 80) ?? "absent";
  throw invalid(
    `'object' is ${is}. It must be one of '${[...READERS.keys()].join("', '")}'.`,
    "object",
  );
}

function reader<K extends Kind>({ kind, check, convert, end }: ObjectReader<K>): Reader {
  return (given, now) => {
    const converted = convert?.(given) ?? given;
    const object = check(converted, "");
    return {
      kind,
      object: end?.(object, now) ?? object,
      skippedPaths: skippedPaths(converted, object),
    };
  };
}

function endRun(run: Run, now: number): Run {
  if (!isActive(run)) return run;
  // A run in `cancelling` would be cancelled; an imported one expires.
  const active = { ...run, status: "in_progress" as const };
  return ending({ run: active, messages: [], steps: [] }, { status: "expired" }, now).run;
}

function endMessage(message: Message, now: number): Message {
  if (message.status !== "in_progress") return message;
  return {
    ...message,
    status: "incomplete",
    incomplete_at: now,
    incomplete_details: { reason: "run_expired" },
  };
}

function endStep(step: RunStep, now: number): RunStep {
  return step.status === "in_progress" ? { ...step, status: "expired", expired_at: now } : step;
}
