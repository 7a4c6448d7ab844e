/**
 * From what a client sent to what a tool takes: unknown names refused, JSON in strings understood,
 * and a null that says no more than that there is nothing left out.
 */

import type * as z from "zod";
import { ApiError } from "../shared/errors.ts";
import { parseJson } from "../shared/json.ts";
import { nearest } from "../shared/nearest.ts";
import type { Tool } from "../tools/define_tool.ts";

type Issue = z.core.$ZodIssue;

/** As much of a tool as says what it takes. */
type Signature = Pick<Tool, "name" | "input">;

/** More rounds than any argument nests strings in strings. */
const COERCION_ROUNDS = 8;

/** So many values are mended in a round: each costs a copy of what it stands in. */
const MENDED = 100;

/** The most characters of a value that are shown. */
const SHOWN = 80;

/** @throws {ApiError} 400, naming the argument, what came and what would be right */
export function parseArguments(
  tool: Signature,
  sent: Record<string, unknown>,
): Record<string, unknown> {
  const unknown = Object.keys(sent).find((name) => !Object.hasOwn(tool.input.shape, name));
  if (unknown !== undefined) throw unknownArgument(tool, unknown);

  let current = sent;
  let result = tool.input.safeParse(current);
  for (let round = 0; !result.success && round < COERCION_ROUNDS; round++) {
    const coerced = coerce(current, result.error.issues);
    if (coerced === current) break;
    current = coerced;
    result = tool.input.safeParse(current);
  }
  if (result.success) return result.data;
  throw invalidArgument(tool, current, result.error.issues);
}

/** Mends the values at fault that only came in another form; the same object where there are none. */
function coerce(
  args: Record<string, unknown>,
  issues: readonly Issue[],
): Record<string, unknown> {
  let next = args;
  for (const { path } of issues.slice(0, MENDED)) {
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
  const hint = like !== undefined
    ? `Did you mean '${like}'?`
    : known.length === 0
    ? `${tool.name} takes no arguments.`
    : `${tool.name} takes: ${known.join(", ")}.`;
  return new ApiError(`Unknown argument '${name}'. ${hint}`, {
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
  const lines = issues.slice(0, 5).map((issue) => describe(args, issue));
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
  if (isMissing(args, issue)) return `Missing required argument '${name}', ${wanted(issue)}.`;
  const got = show(valueAt(args, issue.path));
  return `Invalid argument '${name}': expected ${wanted(issue)}, got ${got}.`;
}

function wanted(issue: Issue): string {
  if (issue.code === "invalid_type") return article(issue.expected);
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
    if (choices.length > 0) return [...new Set(choices.map(wanted))].join(" or ");
  }
  return issue.message;
}

function article(type: string): string {
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
  // Of a value that may be megabytes, no more is written than is shown.
  const text = JSON.stringify(value, (_, part) => {
    if (++parts > SHOWN) return undefined;
    return typeof part === "string" || Array.isArray(part) ? part.slice(0, SHOWN) : part;
  }) ?? String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN - 3)}...` : text;
}
