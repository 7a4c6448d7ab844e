/**
 * Validates request values. A check returns the accepted value, or throws an error in OpenAI's
 * words with the path of the invalid parameter.
 */

import { isObject } from "../../shared/json.ts";
import { invalid, missing, wrongId, wrongType, wrongValue } from "./errors.ts";

/** Returns the value. @throws {ApiError} 400 if the contract does not allow it at this path */
export type Check<T> = (value: unknown, path: string) => T;

export type Checked<C> = C extends Check<infer T> ? T : never;

/** A field that requests may omit. */
export interface Optional<T> {
  readonly optional: Check<T>;
}

type Field = Check<unknown> | Optional<unknown>;
type Fields = Record<string, Field>;
type RequiredKeys<F> = { [K in keyof F]: F[K] extends Check<unknown> ? K : never }[keyof F];

export type ObjectOf<F extends Fields> =
  & { [K in RequiredKeys<F>]: Checked<F[K]> }
  & {
    [K in Exclude<keyof F, RequiredKeys<F>>]?: F[K] extends Optional<infer T> ? T : never;
  };

/** Inclusive bounds of a length or a number. */
export interface Limits {
  min?: number;
  max?: number;
}

/** Makes a field optional. */
export function optional<T>(check: Check<T>): Optional<T> {
  return { optional: check };
}

/** Accepts null in addition to the values of `check`. */
export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, path) => value === null ? null : check(value, path);
}

/** Accepts strings. Lengths count characters, not UTF-16 units. */
export function string({ min = 0, max = Infinity, pattern }: Limits & { pattern?: RegExp } = {}) {
  return (value: unknown, path: string): string => {
    if (typeof value !== "string") throw wrongType(path, "a string", value);
    if (value.length < min) {
      throw invalid(
        `Invalid '${path}': empty string. Expected a string with minimum length ${min}, but got an empty string instead.`,
        path,
        "empty_string",
      );
    }
    if (value.length > max && [...value].length > max) {
      throw invalid(
        `Invalid '${path}': string too long. Expected a string with maximum length ${max}, but got a string with length ${
          [...value].length
        } instead.`,
        path,
        "string_above_max_length",
      );
    }
    if (pattern !== undefined && !pattern.test(value)) {
      throw invalid(
        `Invalid '${path}': string does not match pattern. Expected a string that matches the pattern '${pattern.source}'.`,
        path,
        "invalid_value",
      );
    }
    return value;
  };
}

/** Accepts booleans. */
export function boolean(value: unknown, path: string): boolean {
  if (typeof value !== "boolean") throw wrongType(path, "a boolean", value);
  return value;
}

/** Accepts integers within `limits`. */
export function integer(limits: Limits = {}): Check<number> {
  return (value, path) => {
    if (!Number.isInteger(value)) throw wrongType(path, "an integer", value);
    return inRange("integer", Number(value), limits, path);
  };
}

/** Accepts numbers within `limits`. */
export function decimal(limits: Limits = {}): Check<number> {
  return (value, path) => {
    if (typeof value !== "number") throw wrongType(path, "a decimal number", value);
    return inRange("decimal", value, limits, path);
  };
}

/** Accepts the given strings only. */
export function oneOf<const V extends string>(values: readonly V[]): Check<V> {
  return (value, path) => {
    if (typeof value !== "string") throw wrongType(path, "a string", value);
    const found = values.find((allowed) => allowed === value);
    if (found === undefined) throw wrongValue(path, value, values);
    return found;
  };
}

/** Accepts ids with the given prefix. */
export function id(prefix: string): Check<string> {
  return (value, path) => {
    if (typeof value !== "string") throw wrongType(path, "a string", value);
    if (!value.startsWith(prefix)) throw wrongId(path, value, prefix);
    return value;
  };
}

/** Accepts arrays whose items pass `check`; `min` and `max` limit their length. */
export function array<T>(check: Check<T>, { min = 0, max = Infinity }: Limits = {}): Check<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw wrongType(path, "an array", value);
    if (value.length < min) {
      throw invalid(
        `Invalid '${path}': empty array. Expected an array with minimum length ${min}, but got an empty array instead.`,
        path,
        "empty_array",
      );
    }
    if (value.length > max) {
      throw invalid(
        `Invalid '${path}': array too long. Expected an array with maximum length ${max}, but got an array with length ${value.length} instead.`,
        path,
        "array_above_max_length",
      );
    }
    return value.map((item, index) => check(item, `${path}[${index}]`));
  };
}

/** Accepts objects with exactly these fields. The path of the request body is empty. */
export function object<F extends Fields>(fields: F): Check<ObjectOf<F>> {
  const entries = Object.entries(fields);
  return (value, path) => {
    const given = anyObject(value, path);
    for (const name in given) {
      if (!Object.hasOwn(fields, name)) {
        const at = join(path, name);
        throw invalid(`Unknown parameter: '${at}'.`, at, "unknown_parameter");
      }
    }
    const result: Record<string, unknown> = {};
    for (const [name, field] of entries) {
      if (Object.hasOwn(given, name)) {
        const check = typeof field === "function" ? field : field.optional;
        result[name] = check(given[name], join(path, name));
      } else if (typeof field === "function") {
        throw missing(join(path, name));
      }
    }
    // Every field has passed its check.
    return result as ObjectOf<F>;
  };
}

/** Accepts any JSON object, and returns a shallow copy. */
export function anyObject(value: unknown, path: string): Record<string, unknown> {
  if (!isObject(value)) throw wrongType(path, "an object", value);
  return { ...value };
}

/** Accepts objects that pass the check of their `type`. */
export function byType<C extends Record<string, Check<object>>>(
  checks: C,
): Check<Checked<C[keyof C]>> {
  return (value, path) => {
    const type = string()(field(anyObject(value, path), "type", path), join(path, "type"));
    const check = Object.hasOwn(checks, type) ? checks[type] : undefined;
    if (check === undefined) throw wrongValue(join(path, "type"), type, Object.keys(checks));
    return check(value, path) as Checked<C[keyof C]>;
  };
}

/** Accepts the `literals` and the objects that `other` accepts. */
export function literalOr<const V extends string, T>(
  literals: readonly V[],
  other: Check<T>,
): Check<V | T> {
  const literal = oneOf(literals);
  return (value, path) => {
    if (typeof value === "string") return literal(value, path);
    if (!isObject(value)) throw wrongType(path, "one of a string or an object", value);
    return other(value, path);
  };
}

/** Accepts metadata: at most 16 pairs, keys of at most 64 and values of at most 512 characters. */
export function metadata(value: unknown, path: string): Record<string, string> {
  const given = anyObject(value, path);
  const pairs = Object.entries(given);
  if (pairs.length > 16) {
    throw invalid(
      `Invalid '${path}': too many properties. Expected an object with at most 16 properties, but got an object with ${pairs.length} properties instead.`,
      path,
      "object_above_max_properties",
    );
  }
  for (const [key] of pairs) {
    const { length } = [...key];
    if (length <= 64) continue;
    throw invalid(
      `Invalid '${path}': property name too long. Expected a property name with maximum length 64, but got a property name with length ${length} instead.`,
      path,
      "string_above_max_length",
    );
  }
  const text = string({ max: 512 });
  return Object.fromEntries(pairs.map(([key, item]) => [key, text(item, join(path, key))]));
}

/** Returns the path of a field. */
export function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

/** @throws {ApiError} when the field is absent */
function field(given: Record<string, unknown>, name: string, path: string): unknown {
  if (!Object.hasOwn(given, name)) throw missing(join(path, name));
  return given[name];
}

function inRange(
  kind: "integer" | "decimal",
  value: number,
  { min = -Infinity, max = Infinity }: Limits,
  path: string,
): number {
  if (value >= min && value <= max) return value;
  const above = value > max;
  throw invalid(
    `Invalid '${path}': ${kind} ${
      above ? "above maximum" : "below minimum"
    } value. Expected a value ${above ? `<= ${max}` : `>= ${min}`}, but got ${value} instead.`,
    path,
    above ? `${kind}_above_max_value` : `${kind}_below_min_value`,
  );
}
