/** Objects that were saved, from this engine or from the API that it carries on, as they enter a store. */

import type { Kind, Message, Objects, Run, RunStep } from "../../store/mod.ts";
import { invalid } from "../objects/errors.ts";
import { ending, isActive } from "../objects/transitions.ts";
import { anyObject, type Check } from "../objects/validation.ts";
import { leftOut } from "./_fields.ts";
import { withAttachments, withFileSearch, withFileSearchCalls } from "./_first_version.ts";
import { message } from "./_message.ts";
import { assistant, run, thread } from "./_objects.ts";
import { step } from "./_step.ts";

export interface ImportedObject {
  kind: Kind;
  object: Objects[Kind];
  /** The paths of fields that the engine does not know, such as `usage.prompt_token_details`. */
  leftOut: string[];
}

interface Reading<K extends Kind> {
  kind: K;
  check: Check<Objects[K]>;
  /** Brings objects of the first version up to date. */
  convert?: (given: Record<string, unknown>) => Record<string, unknown>;
  /** Ends what nobody works on any more. */
  end?: (object: Objects[K], now: number) => Objects[K];
}

type Reader = (given: Record<string, unknown>, now: number) => ImportedObject;

/** By what the objects call themselves. */
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
 * Reads one object. A run that had not ended comes out as expired, and so does what it had in
 * progress.
 *
 * @param now unix seconds
 * @throws {ApiError} 400 for what is no such object, or breaks the engine's limits
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

function reader<K extends Kind>({ kind, check, convert, end }: Reading<K>): Reader {
  return (given, now) => {
    const converted = convert?.(given) ?? given;
    const object = check(converted, "");
    return { kind, object: end?.(object, now) ?? object, leftOut: leftOut(converted, object) };
  };
}

function endRun(run: Run, now: number): Run {
  if (!isActive(run)) return run;
  // Of one that was being cancelled, nobody will say that it was.
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
