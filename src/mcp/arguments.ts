/**
 * Parsing of tool arguments. It rejects unknown names, and corrects two common mistakes of models:
 * values sent as JSON strings, and null for optional arguments.
 */

import type * as z from "zod";
import { ApiError } from "../shared/errors.ts";
import { parseJson } from "../shared/json.ts";
import { nearest } from "../shared/nearest.ts";
import type { Tool } from "../tools/define_tool.ts";

type Issue = z.core.$ZodIssue;

type Signature = Pick<Tool, "name" | "input">;

/** JSON strings may hold further JSON strings; no real argument nests them deeper than this. */
const MAX_COERCION_ROUNDS = 8;

/** Values to correct per round: each copies the arrays and objects that contain it. */
const MAX_COERCIONS = 100;

/** Issues to report in one error. */
const MAX_ISSUES = 5;

/** Characters of a value to show in an error. */
const MAX_VALUE_LENGTH = 80;

/**
 * Returns the arguments as the tool's schema parses them.
 *
 * @throws {ApiError} 400, with the argument at fault, the value received and the value expected
 */
export function parseArguments(
  tool: Signature,
  sent: Record<string, unknown>,
): Record<string, unknown> {
  const unknown = Object.keys(sent).find((name) => !Object.hasOwn(tool.input.shape, name));
  if (unknown !== undefined) throw unknownArgument(tool, unknown);

  let current = sent;
  let result = tool.input.safeParse(current);
  for (let round = 0; !result.success && round < MAX_COERCION_ROUNDS; round++) {
    const coerced = coerce(current, result.error.issues);
    if (coerced === current) break;
    current = coerced;
    result = tool.input.safeParse(current);
  }
  if (result.success) return result.data;
  throw invalidArgument(tool, current, result.error.issues);
}

/** Corrects invalid values where it can. Returns the same object if it changed nothing. */
function coerce(
  args: Record<string, unknown>,
  issues: readonly Issue[],
): Record<string, unknown> {
  let next = args;
  for (const { path } of issues.slice(0, MAX_COERCIONS)) {
    const value = valueAt(next, path);
    const [name] = path;
    if (value === null && path.length === 1) next = without(next, String(name));
    if (typeof value !== "string") continue;
    const parsed = parseJson(value);
    if (parsed !== undefined && typeof parsed !== "string") next = withValueAt(next, path, parsed);
  }
  return next;
}

function without(args: Record<string, unknown>, name: string): Record<string, unknown> {
  const { [name]: _, ...rest } = args;
  return rest;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function withValueAt<T>(root: T, path: readonly PropertyKey[], value: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return value as T;
  const copy = (Array.isArray(root) ? [...root] : { ...root }) as T & object;
  Reflect.set(copy, key, withValueAt(Reflect.get(copy, key), rest, value));
  return copy;
}

function unknownArgument(tool: Signature, name: string): ApiError {
  const known = Object.keys(tool.input.shape);
  const like = nearest(name, known);
  const suggestion = like !== undefined
    ? `Did you mean '${like}'?`
    : known.length === 0
    ? `${tool.name} takes no arguments.`
    : `${tool.name} takes: ${known.join(", ")}.`;
  return new ApiError(`Unknown argument '${name}'. ${suggestion}`, {
    status: 400,
    code: "unknown_parameter",
    param: name,
  });
}

function invalidArgument(
  tool: Signature,
  args: Record<string, unknown>,
  issues: readonly Issue[],
): ApiError {
  const [first] = issues;
  const param = pathText(first?.path ?? []);
  const lines = issues.slice(0, MAX_ISSUES).map((issue) => describe(args, issue));
  return new ApiError(`${lines.join(" ")} ${tool.name} did nothing.`, {
    status: 400,
    code: first !== undefined && isMissing(args, first)
      ? "missing_required_parameter"
      : "invalid_type",
    param: param === "" ? null : param,
  });
}

function isMissing(args: Record<string, unknown>, issue: Issue): boolean {
  return issue.path.length > 0 && valueAt(args, issue.path) === undefined;
}

function describe(args: Record<string, unknown>, issue: Issue): string {
  const name = pathText(issue.path);
  if (isMissing(args, issue)) return `Missing required argument '${name}', ${expectedBy(issue)}.`;
  const got = show(valueAt(args, issue.path));
  return `Invalid argument '${name}': expected ${expectedBy(issue)}, got ${got}.`;
}

function expectedBy(issue: Issue): string {
  if (issue.code === "invalid_type") return withArticle(issue.expected);
  if (issue.code === "invalid_value") {
    return issue.values.map((value) => JSON.stringify(value)).join(" or ");
  }
  if (issue.code === "too_small" || issue.code === "too_big") {
    const limit = issue.code === "too_small" ? issue.minimum : issue.maximum;
    const side = issue.code === "too_small" ? "at least" : "at most";
    return `${side} ${limit}${issue.origin === "string" ? " characters" : ""}`;
  }
  if (issue.code === "invalid_union") {
    const choices = issue.errors.flatMap(([first]) => first === undefined ? [] : [first])
      .filter((choice) => choice.path.length === 0);
    if (choices.length > 0) return [...new Set(choices.map(expectedBy))].join(" or ");
  }
  return issue.message;
}

function withArticle(type: string): string {
  const name = type === "record" ? "object" : type === "int" ? "integer" : type;
  return `${/^[aeiou]/.test(name) ? "an" : "a"} ${name}`;
}

function pathText(path: readonly PropertyKey[]): string {
  return path.map((key, index) =>
    typeof key === "number" ? `[${key}]` : index === 0 ? String(key) : `.${String(key)}`
  ).join("");
}

function show(value: unknown): string {
  let parts = 0;
  // A value may have megabytes, of which only the beginning is worth serialising.
  const text = JSON.stringify(value, (_, part) => {
    if (++parts > MAX_VALUE_LENGTH) return undefined;
    return typeof part === "string" || Array.isArray(part) ? part.slice(0, MAX_VALUE_LENGTH) : part;
  }) ?? String(value);
  return text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH - 3)}...` : text;
}
