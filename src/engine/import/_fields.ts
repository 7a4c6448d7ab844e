/** Checks of objects that another program has answered or written: what is unknown is left out, not refused. */

import { missing } from "../objects/errors.ts";
import { anyObject, type Check, join, nullable } from "../objects/validation.ts";

/** How a field is read, and what stands for it where it is absent; without that it has to be there. */
export interface SavedField<T> {
  check: Check<T>;
  absent?: { value: T | undefined };
}

export type SavedFields<T> = { [K in keyof Required<T>]: SavedField<T[K]> };

export function required<T>(check: Check<T>): SavedField<T> {
  return { check };
}

/** Null and absence both mean the value. */
export function orElse<T>(check: Check<T>, value: T): SavedField<T> {
  return {
    check: (given, path) => given === null ? value : check(given, path),
    absent: { value },
  };
}

/** Null stays; absence means null. */
export function orNull<T>(check: Check<T>): SavedField<T | null> {
  return { check: nullable(check), absent: { value: null } };
}

/** May be absent, and then stays so. */
export function ifThere<T>(check: Check<T>): SavedField<T | undefined> {
  return { check, absent: { value: undefined } };
}

/** An object with these fields in the order in which they stand, and those that it lacks behind them. */
export function saved<T extends object>(fields: SavedFields<T>): Check<T> {
  const entries = Object.entries(fields) as [string, SavedField<unknown>][];
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
    // Every field has passed its check, or is what stands for it.
    return result as T;
  };
}

/** The paths of what a check has left out, `[]` for any item of an array. */
export function leftOut(given: unknown, kept: unknown, path = ""): string[] {
  if (typeof given !== "object" || given === null) return [];
  if (Array.isArray(given)) {
    if (!Array.isArray(kept)) return [];
    return given.flatMap((item, index) => leftOut(item, kept[index], `${path}[]`));
  }
  if (typeof kept !== "object" || kept === null) return [];
  const now = Object.entries(kept);
  return Object.entries(given).flatMap(([name, item]) => {
    const found = now.find(([other]) => other === name);
    return found ? leftOut(item, found[1], join(path, name)) : [join(path, name)];
  });
}
