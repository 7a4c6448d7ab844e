/** The errors of the Assistants API, in OpenAI's words. */

import { ApiError, type ErrorHint } from "../../shared/errors.ts";
import type { Kind } from "../../store/mod.ts";

const NAMES: Record<Kind, string> = {
  assistant: "assistant",
  thread: "thread",
  message: "message",
  run: "run",
  step: "run step",
};

/** Returns the error of a request that violates the contract: 400. */
export function invalid(
  message: string,
  param: string | null = null,
  code: string | null = null,
): ApiError {
  return new ApiError(message, { status: 400, param, code });
}

/** Returns the error of a request that the state of its run or thread rules out: 400. */
export function conflict(message: string, hint: ErrorHint): ApiError {
  return new ApiError(message, { status: 400, hint });
}

/** Returns the error of an object that the tenant does not have: 404. */
export function notFound(kind: Kind, id: string): ApiError {
  return new ApiError(`No ${NAMES[kind]} found with id '${id}'.`, { status: 404 });
}

/**
 * Returns the error of a value with the wrong type: 400.
 *
 * @param path empty for the request body itself
 * @param expected with its article, such as "a string"
 */
export function wrongType(path: string, expected: string, value: unknown): ApiError {
  const what = path === "" ? "Invalid type for the request body" : `Invalid type for '${path}'`;
  return invalid(
    `${what}: expected ${expected}, but got ${typeName(value)} instead.`,
    path === "" ? null : path,
    "invalid_type",
  );
}

/** Returns the error of a value that is not among the supported ones: 400. */
export function wrongValue(path: string, value: string, supported: readonly string[]): ApiError {
  return invalid(
    `Invalid value: '${value}'. Supported values are: ${list(supported)}.`,
    path,
    "invalid_value",
  );
}

/** Returns the error of a missing parameter: 400. */
export function missing(path: string): ApiError {
  return invalid(`Missing required parameter: '${path}'.`, path, "missing_required_parameter");
}

/** Returns the error of an id with the wrong prefix: 400. */
export function wrongId(param: string, id: string, prefix: string): ApiError {
  return invalid(
    `Invalid '${param}': '${id}'. Expected an ID that begins with '${prefix}'.`,
    param,
    "invalid_value",
  );
}

/** A path that does not support the method of the request: 405. */
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

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  switch (typeof value) {
    case "string":
      return "a string";
    case "boolean":
      return "a boolean";
    case "number":
      return Number.isInteger(value) ? "an integer" : "a decimal number";
    default:
      return "an object";
  }
}

/** Returns `'a'`, `'a' and 'b'`, or `'a', 'b', and 'c'`. */
function list(values: readonly string[]): string {
  const quoted = values.map((value) => `'${value}'`);
  const last = quoted.pop();
  if (quoted.length === 0) return last ?? "";
  return `${quoted.join(", ")}${quoted.length > 1 ? "," : ""} and ${last}`;
}
