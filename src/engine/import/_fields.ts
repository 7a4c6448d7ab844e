/** Validates objects of other programs. Unknown fields are skipped, not rejected. */

import { missing } from "../objects/errors.ts";
import { anyObject, type Check, join, nullable } from "../objects/validation.ts";

/** The check of a field, and its value if absent. Without `absent` the field is required. */
export interface ImportField<T> {
  check: Check<T>;
  absent?: { value: T | undefined };
}

/** The fields of an object type. */
export type ImportFields<T> = { [K in keyof Required<T>]: ImportField<T[K]> };

/** A field that must be present. */
export function required<T>(check: Check<T>): ImportField<T> {
  return { check };
}

/** A field with a default for null and absence. */
export function orElse<T>(check: Check<T>, value: T): ImportField<T> {
  return {
    check: (given, path) => given === null ? value : check(given, path),
    absent: { value },
  };
}

/** A nullable field; null if absent. */
export function orNull<T>(check: Check<T>): ImportField<T | null> {
  return { check: nullable(check), absent: { value: null } };
}

/** A field that stays absent if absent. */
export function optionalField<T>(check: Check<T>): ImportField<T | undefined> {
  return { check, absent: { value: undefined } };
}

/** Accepts an object and returns its known fields in their order, followed by the defaults of absent ones. */
export function knownFields<T extends object>(fields: ImportFields<T>): Check<T> {
  const entries = Object.entries(fields) as [string, ImportField<unknown>][];
  const byName = new Map(entries);
  return (value, path) => {
    const given = anyObject(value, path);
    const result: Record<string, unknown> = {};
    for (const [name, item] of Object.entries(given)) {
      const field = byName.get(name);
      if (field !== undefined) result[name] = field.check(item, join(path, name));
    }
    for (const [name, { absent }] of entries) {
      if (Object.hasOwn(result, name)) continue;
      if (absent === undefined) throw missing(join(path, name));
      if (absent.value !== undefined) result[name] = absent.value;
    }
    // Every field has passed its check or has its default.
    return result as T;
  };
}

/** Returns the paths of the fields that a check skipped, with `[]` for the items of an array. */
export function skippedPaths(given: unknown, imported: unknown, path = ""): string[] {
  if (typeof given !== "object" || given === null) return [];
  if (Array.isArray(given)) {
    if (!Array.isArray(imported)) return [];
    return given.flatMap((item, index) => skippedPaths(item, imported[index], `${path}[]`));
  }
  if (typeof imported !== "object" || imported === null) return [];
  const known = Object.entries(imported);
  return Object.entries(given).flatMap(([name, item]) => {
    const found = known.find(([other]) => other === name);
    return found ? skippedPaths(item, found[1], join(path, name)) : [join(path, name)];
  });
}
