/** The refusals of the Assistants API, in OpenAI's words. */

import { ApiError } from "../errors.ts";
import type { Kind } from "../store/mod.ts";

const NAMES: Record<Kind, string> = {
  assistant: "assistant",
  thread: "thread",
  message: "message",
  run: "run",
  step: "run step",
};

/** A request that breaks the contract: 400. */
export function invalid(
  message: string,
  param: string | null = null,
  code: string | null = null,
): ApiError {
  return new ApiError(message, { status: 400, param, code });
}

/** An object that the tenant does not have: 404. */
export function notFound(kind: Kind, id: string): ApiError {
  return new ApiError(`No ${NAMES[kind]} found with id '${id}'.`, { status: 404 });
}

/** An id whose kind does not fit its place. */
export function wrongId(param: string, id: string, prefix: string): ApiError {
  return invalid(
    `Invalid '${param}': '${id}'. Expected an ID that begins with '${prefix}'.`,
    param,
    "invalid_value",
  );
}

/** A path that is there, but not for this method: 405. */
export class MethodError extends ApiError {
  readonly allowed: readonly string[];

  constructor(method: string, path: string, allowed: readonly string[]) {
    super(
      `Not allowed to ${method} on ${path}. (HINT: Perhaps you meant to make a ${
        allowed.join(" or ")
      } request?)`,
      { status: 405, code: "method_not_supported" },
    );
    this.allowed = allowed;
  }
}
