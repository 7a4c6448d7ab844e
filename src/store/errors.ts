/** Errors of the store that callers catch. */

import type { Kind } from "./objects.ts";

/** A change that a thread refuses while a run is active on it. */
export class ThreadBusyError extends Error {
  override readonly name = "ThreadBusyError";
  constructor(readonly threadId: string, readonly runId: string) {
    super(`Thread ${threadId} already has an active run ${runId}.`);
  }
}

/** An object that a change needs does not exist. */
export class GoneError extends Error {
  override readonly name = "GoneError";
  constructor(readonly kind: Kind, readonly id: string) {
    super(`No ${kind} found with id '${id}'.`);
  }
}

/** A page cursor names an object that is not in the list. */
export class UnknownCursorError extends Error {
  override readonly name = "UnknownCursorError";
  constructor(readonly param: "after" | "before", readonly id: string) {
    super(`No object found with id '${id}'.`);
  }
}
