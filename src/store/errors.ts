/** Errors of the store that callers catch. */

import type { Kind } from "./objects.ts";

/** Thrown by a change that is not allowed while a run is active on the thread. */
export class ThreadBusyError extends Error {
  override readonly name = "ThreadBusyError";
  constructor(readonly threadId: string, readonly runId: string) {
    super(`Thread ${threadId} already has an active run ${runId}.`);
  }
}

/** Thrown if an object that a change refers to does not exist. */
export class GoneError extends Error {
  override readonly name = "GoneError";
  constructor(readonly kind: Kind, readonly id: string) {
    super(`No ${kind} found with id '${id}'.`);
  }
}

/** Thrown if a page cursor names an object that is not in the list. */
export class UnknownCursorError extends Error {
  override readonly name = "UnknownCursorError";
  constructor(readonly param: "after" | "before", readonly id: string) {
    super(`No object found with id '${id}'.`);
  }
}
